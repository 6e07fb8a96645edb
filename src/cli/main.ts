// The command line on Node: what the launcher gemello.mjs loads. Devices are opened when a command first needs them.
import { commandLine } from './command-line.ts';
import { nodeDevices } from './devices.ts';
import { nodeIo } from './node-io.ts';
import { createProduct } from './product.ts';

export async function main(argv: readonly string[]): Promise<number> {
  const io = nodeIo();
  try {
    return await commandLine(argv, io, createProduct(nodeDevices({})));
  } finally {
    io.stop();
  }
}
