import type { Mesh } from './mesh.ts';

export interface ThumbnailOptions {
  /** pixels */
  readonly width?: number;
  /** pixels */
  readonly height?: number;
  /** a light studio backdrop, nothing at all (alpha 0), or one sRGB colour 0–1 */
  readonly background?: 'studio' | 'transparent' | readonly [number, number, number];
  /** degrees the camera stands round to the right of the front (the front of a model is −Y) */
  readonly azimuth?: number;
  /** degrees above the horizon, −90…90 */
  readonly elevation?: number;
  readonly projection?: 'perspective' | 'orthographic';
  /** samples per pixel along one side, 1–4 */
  readonly supersample?: number;
  /** degrees, 0 = flat shading */
  readonly creaseAngle?: number;
  /** a floor under the lowest point that takes the shadow; seen only from above */
  readonly ground?: boolean;
}

/** @returns sRGB RGBA, not premultiplied, rows from the top: `width × height × 4` bytes */
export const renderThumbnail = (mesh: Mesh, options: ThumbnailOptions = {}): Uint8Array => {
  const { width = 512, height = 512 } = options;
  void mesh;
  return new Uint8Array(4 * width * height);
};
