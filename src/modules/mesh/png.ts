import { PNG } from 'pngjs';

/**
 * @param rgba sRGB, four bytes per pixel, rows from the top
 * @returns an 8-bit RGBA PNG without time stamp: same pixels, same bytes (on one zlib)
 */
export const encodePng = (rgba: Uint8Array, width: number, height: number): Uint8Array => {
  if (rgba.length !== 4 * width * height)
    throw new RangeError(`${rgba.length} bytes are not ${width}×${height} RGBA`);
  const png = new PNG({ width, height });
  png.data = Buffer.from(rgba.buffer, rgba.byteOffset, rgba.byteLength);
  return new Uint8Array(PNG.sync.write(png, { deflateLevel: 6, deflateStrategy: 0 }));
};
