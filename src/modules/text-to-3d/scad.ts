import type { TextTo3dInput } from './manifest.ts';
import type { Node, Vec2, Vec3 } from './program.ts';

/** The program as OpenSCAD source, in millimetres: opens in OpenSCAD and gives the same solid. */
export function writeScad({ prompt, style, detail_level, seed }: TextTo3dInput, root: Node): string {
  const said = prompt.replace(/\s+/g, ' ');
  return [
    `// ${said}`,
    `// style ${style}, detail ${detail_level}, seed ${seed}; lengths in millimetres`,
    ROUNDED,
    ...write(root, 0),
    '',
  ].join('\n');
}

const ROUNDED = `module rounded_box(size, r, fn) {
  hull() for (x = [r - size.x / 2, size.x / 2 - r], y = [r - size.y / 2, size.y / 2 - r], z = [r, size.z - r])
    translate([x, y, z]) sphere(r = r, $fn = fn);
}
`;

function write(node: Node, depth: number): string[] {
  const pad = '  '.repeat(depth);
  if (!('of' in node)) return [`${pad}${leaf(node)};`];
  const inner = Array.isArray(node.of) ? (node.of as readonly Node[]) : [node.of as Node];
  return [`${pad}${head(node)} {`, ...inner.flatMap((child) => write(child, depth + 1)), `${pad}}`];
}

function head(node: Extract<Node, { of: unknown }>): string {
  switch (node.op) {
    case 'move':
      return `translate(${lengths(node.by)})`;
    case 'turn':
      return `rotate(${numbers(node.by)})`;
    case 'scale':
      return `scale(${numbers(node.by)})`;
    case 'paint':
      return `color(${numbers(node.material.color.map((value) => value ** (1 / 2.2)))})`;
    default:
      return `${node.op}()`;
  }
}

function leaf(node: Exclude<Node, { of: unknown }>): string {
  switch (node.op) {
    case 'box':
      return node.round
        ? `rounded_box(${lengths(node.size)}, ${mm(node.round)}, ${node.n ?? 16})`
        : `translate([${mm(-node.size[0] / 2)}, ${mm(-node.size[1] / 2)}, 0]) cube(${lengths(node.size)})`;
    case 'sphere':
      return `sphere(r = ${mm(node.r)}, $fn = ${node.n})`;
    case 'cylinder':
      return `cylinder(h = ${mm(node.h)}, r1 = ${mm(node.r1)}, r2 = ${mm(node.r2)}, $fn = ${node.n})`;
    case 'extrude': {
      const twist = node.twist ? `, twist = ${tidy(-node.twist)}` : '';
      const top = node.top === undefined ? '' : `, scale = ${tidy(node.top)}`;
      return `linear_extrude(height = ${mm(node.h)}${twist}${top}) polygon(${points(node.outline)})`;
    }
    case 'revolve':
      return `rotate_extrude($fn = ${node.n}) polygon(${points(node.profile)})`;
  }
}

const tidy = (value: number): string => String(Number(value.toFixed(6)) + 0);
const mm = (metres: number): string => tidy(metres * 1000);
const lengths = (vector: Vec3): string => `[${vector.map(mm).join(', ')}]`;
const numbers = (vector: readonly number[]): string => `[${vector.map(tidy).join(', ')}]`;
const points = (outline: readonly Vec2[]): string =>
  `[${outline.map(([x, y]) => `[${mm(x)}, ${mm(y)}]`).join(', ')}]`;
