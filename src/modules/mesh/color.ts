/** Linear light 0–1 to the sRGB curve 0–1 (IEC 61966-2-1), clamped. */
export const encodeSrgb = (linear: number): number => {
  const c = Math.min(1, Math.max(0, linear));
  return c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055;
};

const STEPS = 16383; // fine enough that even the darkest colours are at most a fifth of a byte off
const BYTES = Uint8Array.from({ length: STEPS + 1 }, (_, i) => Math.round(255 * encodeSrgb(i / STEPS)));

/** Linear light 0–1 to an sRGB byte, clamped. */
export const srgbByte = (linear: number): number =>
  BYTES[Math.round(STEPS * Math.min(1, Math.max(0, linear)))] as number;

/** The sRGB curve 0–1 back to linear light 0–1. */
export const decodeSrgb = (encoded: number): number => {
  const c = Math.min(1, Math.max(0, encoded));
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
};
