// The version of Gemello, from package.json by way of Vite's `define`; in results, expectations and digests of inputs.
declare const __VERSION__: string;
export const VERSION: string = __VERSION__;
