/** A surface material, as glTF 2.0 metallic-roughness knows it. */
export interface Material {
  readonly name: string;
  /** Linear (not sRGB) red, green, blue in 0–1. */
  readonly color: readonly [number, number, number];
  /** 0–1 */
  readonly metallic: number;
  /** 0–1 */
  readonly roughness: number;
}

/**
 * One welded triangle mesh: a vertex position occurs once, so closedness can be read off the edges.
 * Space is right-handed, Z up, in metres; writers turn it to what their format asks for.
 */
export interface Mesh {
  /** x, y, z per vertex */
  readonly positions: Float32Array;
  /** three vertex indices per triangle, counter-clockwise seen from outside */
  readonly triangles: Uint32Array;
  /** index into `materials`, one per triangle */
  readonly materialOf: Uint16Array;
  readonly materials: readonly Material[];
}
