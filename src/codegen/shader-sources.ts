// The hand-written shader modules by name: `job` for shaders/job.wgsl, `model/stub` for shaders/model/stub.wgsl.
const files = import.meta.glob('/shaders/**/*.wgsl', { query: '?raw', import: 'default', eager: true });

export const SHADERS: ReadonlyMap<string, string> = new Map(
  Object.entries(files).map(([path, text]) => [path.replace(/^\/shaders\/(.*)\.wgsl$/, '$1'), String(text)]),
);
