/** A glob of `*` (within one part), `?` and `**` (any parts) as a pattern over relative paths with `/`. */
export function compileGlob(glob: string): RegExp {
  const parts = glob.replace(/^\.\//, '').split('/');
  let source = '';
  parts.forEach((part, index) => {
    const last = index === parts.length - 1;
    if (part === '**') source += last ? '.+' : '(?:[^/]+/)*';
    else source += compilePart(part) + (last ? '' : '/');
  });
  return new RegExp(`^${source}$`, 'u');
}

function compilePart(part: string): string {
  return part
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '[^/]*')
    .replaceAll('?', '[^/]');
}
