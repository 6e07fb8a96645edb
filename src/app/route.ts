// Which page an address asks for. In: a fragment. Out: gallery, a model by name, or a study in a link.

export type Route =
  | { readonly kind: 'gallery' }
  | { readonly kind: 'model'; readonly name: string }
  | { readonly kind: 'link'; readonly fragment: string }
  | { readonly kind: 'unknown'; readonly fragment: string };

export function routeOf(fragment: string): Route {
  if (fragment === '' || fragment === '#' || fragment === '#/') return { kind: 'gallery' };
  if (fragment.startsWith('#/s/')) return { kind: 'link', fragment };
  const [, name] = /^#\/m\/([^/?]+)$/.exec(fragment) ?? [];
  if (name === undefined) return { kind: 'unknown', fragment };
  try {
    return { kind: 'model', name: decodeURIComponent(name) };
  } catch {
    return { kind: 'unknown', fragment };
  }
}
