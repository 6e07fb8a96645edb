// A small assembler for WebAssembly binaries. In: functions written as typed expression trees and structured
// statements. Out: the bytes of a module with its own memory, no imports, and named exports. It knows encoding and
// structure only; what an addition is belongs to arithmetic.ts, so scalar and SIMD code share this file.
// Encoding: WebAssembly Core Specification 2.0, chapter 5.

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';
const TYPE_CODE: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};
const EMPTY = 0x40;
const PAGE = 65536;

/** A value: an instruction over its arguments' values, or a choice that evaluates one branch only. */
export type Node = Operation | Choice;
export interface Operation {
  readonly kind: 'operation';
  readonly type: ValueType;
  /** Opcode and immediates. */
  readonly code: readonly number[];
  readonly args: readonly Node[];
}
export interface Choice {
  readonly kind: 'choice';
  readonly type: ValueType;
  readonly condition: Node;
  readonly yes: Node;
  readonly no: Node;
}
export interface Local extends Operation {
  readonly index: number;
}
export interface Label {
  readonly depth: number;
}
export interface FunctionRef {
  readonly index: number;
  readonly params: readonly ValueType[];
  readonly result: ValueType | undefined;
}

/** Unsigned LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 128 : low);
  } while (rest > 0);
  return bytes;
}

/** Signed LEB128. */
export function signed(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = Number(rest & 127n);
    rest >>= 7n;
    const done = (rest === 0n && (low & 64) === 0) || (rest === -1n && (low & 64) !== 0);
    bytes.push(done ? low : low | 128);
    if (done) return bytes;
  }
}

const floatBytes = (value: number): number[] => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value, true);
  return [...new Uint8Array(view.buffer)];
};

export const operation = (type: ValueType, code: readonly number[], ...args: readonly Node[]): Operation => ({
  kind: 'operation',
  type,
  code,
  args,
});
export const choice = (condition: Node, yes: Node, no: Node): Choice => ({
  kind: 'choice',
  type: yes.type,
  condition,
  yes,
  no,
});
export const i32 = (value: number): Operation => operation('i32', [0x41, ...signed(BigInt(value | 0))]);
export const i64 = (value: bigint): Operation =>
  operation('i64', [0x42, ...signed(BigInt.asIntN(64, value))]);
export const f64 = (value: number): Operation => operation('f64', [0x44, ...floatBytes(value)]);

/** Opcode bytes, then the alignment that is promised (log2 of bytes). */
const LOAD = {
  i32: [0x28, 2],
  i64: [0x29, 3],
  u8: [0x2d, 0],
  f32: [0x2a, 2],
  f64: [0x2b, 3],
  v128: [0xfd, 0x00, 4],
} as const;
const STORE = {
  i32: [0x36, 2],
  i64: [0x37, 3],
  u8: [0x3a, 0],
  f32: [0x38, 2],
  f64: [0x39, 3],
  v128: [0xfd, 0x0b, 4],
} as const;
type MemoryType = keyof typeof LOAD;

/** The value at address + offset; offset is known when the module is written. */
export const load = (type: MemoryType, address: Node, offset = 0): Operation =>
  operation(type === 'u8' ? 'i32' : type, [...LOAD[type], ...unsigned(offset)], address);

/** A SIMD instruction: opcode after the 0xfd prefix, then immediate bytes. */
export const simd = (
  type: ValueType,
  opcode: number,
  immediates: readonly number[],
  ...args: readonly Node[]
): Operation => operation(type, [0xfd, ...unsigned(opcode), ...immediates], ...args);

/** Statements of one function, written in order. */
export interface Routine {
  readonly params: readonly Local[];
  local(type: ValueType): Local;
  set(local: Local, value: Node): void;
  /** A value that will be read more than once: put into a fresh local (leaves stay as they are). */
  keep(value: Node): Node;
  store(type: MemoryType, address: Node, value: Node, offset?: number): void;
  /** An instruction that leaves nothing, such as a store of one lane. */
  run(instruction: Node): void;
  /** Leaves `value` on the stack: only for the function's last statement, its result. */
  give(value: Node): void;
  call(target: FunctionRef, ...args: readonly Node[]): void;
  when(condition: Node, yes: () => void, no?: () => void): void;
  block(body: (leave: Label) => void): void;
  loop(body: (again: Label) => void): void;
  branch(label: Label, condition?: Node): void;
}

export interface ModuleBuilder {
  /** Declares a function and writes its body at once; `name` exports it. */
  define(
    params: readonly ValueType[],
    result: ValueType | undefined,
    body: (routine: Routine) => void,
    name?: string,
  ): FunctionRef;
  /** Bytes of the module; its memory, exported as `memory`, has room for `memoryBytes`. */
  finish(memoryBytes: number): Uint8Array<ArrayBuffer>;
}

export const callNode = (target: FunctionRef, ...args: readonly Node[]): Operation => {
  if (target.result === undefined || args.length !== target.params.length)
    throw new TypeError(
      `function ${target.index} takes ${target.params.length} values, got ${args.length}, and must give one`,
    );
  return operation(target.result, [0x10, ...unsigned(target.index)], ...args);
};

function createRoutine(paramTypes: readonly ValueType[]) {
  const code: number[] = [];
  const locals: ValueType[] = [];
  let depth = 0;

  const localNode = (type: ValueType, index: number): Local => ({
    ...operation(type, [0x20, ...unsigned(index)]),
    index,
  });
  const emit = (node: Node): void => {
    if (node.kind === 'choice') {
      emit(node.condition);
      code.push(0x04, TYPE_CODE[node.type]);
      emit(node.yes);
      code.push(0x05);
      emit(node.no);
      code.push(0x0b);
      return;
    }
    for (const arg of node.args) emit(arg);
    for (const byte of node.code) code.push(byte);
  };
  const put = (...bytes: readonly number[]) => code.push(...bytes);
  const nested = (opcode: number, body: (label: Label) => void) => {
    put(opcode, EMPTY);
    depth++;
    body({ depth });
    depth--;
    put(0x0b);
  };
  const check = (expected: ValueType, value: Node) => {
    if (value.type !== expected)
      throw new TypeError(`expected a value of type ${expected}, got ${value.type}`);
  };

  const routine: Routine = {
    params: paramTypes.map(localNode),
    local: (type) => localNode(type, paramTypes.length + locals.push(type) - 1),
    set(local, value) {
      check(local.type, value);
      emit(value);
      put(0x21, ...unsigned(local.index));
    },
    keep(value) {
      if (value.kind === 'operation' && value.args.length === 0) return value;
      const local = routine.local(value.type);
      routine.set(local, value);
      return local;
    },
    store(type, address, value, offset = 0) {
      emit(address);
      emit(value);
      put(...STORE[type], ...unsigned(offset));
    },
    run: emit,
    give: emit,
    call(target, ...args) {
      for (const arg of args) emit(arg);
      put(0x10, ...unsigned(target.index));
      if (target.result !== undefined) put(0x1a);
    },
    when(condition, yes, no) {
      check('i32', condition);
      emit(condition);
      put(0x04, EMPTY);
      depth++;
      yes();
      if (no !== undefined) {
        put(0x05);
        no();
      }
      depth--;
      put(0x0b);
    },
    block: (body) => nested(0x02, body),
    loop: (body) => nested(0x03, body),
    branch(label, condition) {
      const distance = unsigned(depth - label.depth);
      if (condition === undefined) return void put(0x0c, ...distance);
      check('i32', condition);
      emit(condition);
      put(0x0d, ...distance);
    },
  };

  const finish = (): number[] => {
    const groups: [number, ValueType][] = [];
    for (const type of locals) {
      const last = groups.at(-1);
      if (last?.[1] === type) last[0]++;
      else groups.push([1, type]);
    }
    const header = unsigned(groups.length);
    for (const [count, type] of groups) header.push(...unsigned(count), TYPE_CODE[type]);
    return [...unsigned(header.length + code.length + 1), ...header, ...code, 0x0b];
  };
  return { routine, finish };
}

export function createModule(): ModuleBuilder {
  const types: string[] = [];
  const functions: { type: number; body: number[] }[] = [];
  const exports: { name: string; index: number }[] = [];

  return {
    define(params, result, body, name) {
      const key = [
        0x60,
        ...unsigned(params.length),
        ...params.map((type) => TYPE_CODE[type]),
        ...(result === undefined ? [0] : [1, TYPE_CODE[result]]),
      ].join(',');
      let type = types.indexOf(key);
      if (type < 0) type = types.push(key) - 1;
      const { routine, finish } = createRoutine(params);
      // A body may ask for functions that are not written yet, so its own index is taken afterwards.
      body(routine);
      const index = functions.push({ type, body: finish() }) - 1;
      if (name !== undefined) exports.push({ name, index });
      return { index, params, result };
    },
    finish(memoryBytes) {
      const bytes: number[] = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
      const section = (id: number, count: number, parts: Iterable<readonly number[]>) => {
        const head = unsigned(count);
        let size = head.length;
        const kept = [...parts];
        for (const part of kept) size += part.length;
        for (const byte of [id, ...unsigned(size), ...head]) bytes.push(byte);
        for (const part of kept) for (const byte of part) bytes.push(byte);
      };
      const text = (name: string) => [...unsigned(name.length), ...new TextEncoder().encode(name)];
      section(
        1,
        types.length,
        types.map((key) => key.split(',').map(Number)),
      );
      section(
        3,
        functions.length,
        functions.map(({ type }) => unsigned(type)),
      );
      section(5, 1, [[0, ...unsigned(Math.max(1, Math.ceil(memoryBytes / PAGE)))]]);
      section(7, exports.length + 1, [
        [...text('memory'), 2, 0],
        ...exports.map(({ name, index }) => [...text(name), 0, ...unsigned(index)]),
      ]);
      section(
        10,
        functions.length,
        functions.map(({ body }) => body),
      );
      return Uint8Array.from(bytes);
    },
  };
}
