import { boundBox } from './topology.ts';
import { add, cross, direct, dot, normalize, scale, subtract, type Vector } from './vector.ts';

export interface CameraOptions {
  readonly width: number;
  readonly height: number;
  readonly azimuth: number;
  readonly elevation: number;
  readonly projection: 'perspective' | 'orthographic';
}

/** Where the camera stands and how a point lands on the picture. */
export interface Camera {
  readonly eye: Vector;
  readonly right: Vector;
  readonly up: Vector;
  readonly forward: Vector;
  readonly perspective: boolean;
  /** pixels per unit of the image plane (at distance 1 in perspective, metres else), and the plane's point at the middle of the picture */
  readonly zoom: number;
  readonly middle: readonly [number, number];
  readonly width: number;
  readonly height: number;
  /** bounding sphere of the mesh, metres */
  readonly centre: Vector;
  readonly radius: number;
}

const FIELD = (26 * Math.PI) / 180; // as wide as a portrait lens: little distortion, some depth
const MARGIN = 0.1; // of the picture, each side

/** Looks at the bounding sphere from outside it, then zooms and shifts so that what is seen fills the picture up to a margin. */
export const placeCamera = (positions: Float32Array, options: CameraOptions): Camera => {
  const { centre, radius } = boundSphere(positions);
  const back = direct(options.azimuth - 90, Math.min(89.9, Math.max(-89.9, options.elevation)));
  const forward = scale(back, -1);
  const right = normalize(cross(forward, [0, 0, 1]));
  const camera = {
    eye: add(centre, scale(back, (1.05 * radius) / Math.sin(FIELD / 2))),
    right,
    up: cross(right, forward),
    forward,
    perspective: options.projection === 'perspective',
    zoom: 1,
    middle: [0, 0] as const,
    width: 0,
    height: 0,
    centre,
    radius,
  };
  const plane = boundBox(projectPoints(camera, positions));
  const room = 1 - 2 * MARGIN;
  const zoom = room * Math.min(options.width / (plane.size[0] || 1), options.height / (plane.size[1] || 1));
  const middle = [(plane.min[0] + plane.max[0]) / 2, -(plane.min[1] + plane.max[1]) / 2] as const;
  return { ...camera, zoom, middle, width: options.width, height: options.height };
};

const boundSphere = (positions: Float32Array): { centre: Vector; radius: number } => {
  const { min, max } = boundBox(positions);
  const centre = scale(add(min, max), 0.5);
  let most = 0;
  for (let i = 0; i < positions.length; i += 3) {
    const x = (positions[i] as number) - centre[0];
    const y = (positions[i + 1] as number) - centre[1];
    const z = (positions[i + 2] as number) - centre[2];
    most = Math.max(most, x * x + y * y + z * z);
  }
  return { centre, radius: Math.sqrt(most) || 1 };
};

/** Per vertex x right and y down in pixels, and a depth that is affine on the screen and greater when nearer. */
export const projectPoints = (camera: Camera, positions: Float32Array): Float32Array => {
  const { eye, right, up, forward, perspective, zoom, middle } = camera;
  const points = new Float32Array(positions.length);
  for (let i = 0; i < positions.length; i += 3) {
    const x = (positions[i] as number) - eye[0];
    const y = (positions[i + 1] as number) - eye[1];
    const z = (positions[i + 2] as number) - eye[2];
    const away = x * forward[0] + y * forward[1] + z * forward[2];
    const nearness = perspective ? 1 / away : 1;
    const u = (x * right[0] + y * right[1] + z * right[2]) * nearness;
    const v = (x * up[0] + y * up[1] + z * up[2]) * nearness;
    points[i] = camera.width / 2 + zoom * (u - middle[0]);
    points[i + 1] = camera.height / 2 - zoom * (v - middle[1]);
    points[i + 2] = perspective ? nearness : -away;
  }
  return points;
};

/** Metres that one pixel covers at the mesh's centre. */
export const pixelSize = (camera: Camera): number =>
  (camera.perspective ? dot(subtract(camera.centre, camera.eye), camera.forward) : 1) / camera.zoom;

/**
 * Where the ray through a point of the picture (pixels) meets the plane z = `level`.
 * @returns false if it never comes down to it, else true with x and y put into `out`
 */
export const meetFloor = (
  camera: Camera,
  x: number,
  y: number,
  level: number,
  out: Float64Array,
): boolean => {
  const { eye, right, up, forward, zoom, middle } = camera;
  const u = (x - camera.width / 2) / zoom + middle[0];
  const v = (camera.height / 2 - y) / zoom + middle[1];
  const bend = camera.perspective ? 1 : 0; // rays fan out in perspective, else their origins do
  const fall = forward[2] + bend * (u * right[2] + v * up[2]);
  const height = eye[2] + (1 - bend) * (u * right[2] + v * up[2]) - level;
  if (fall >= 0 || height <= 0) return false;
  const way = -height / fall;
  const aside = bend * way + (1 - bend);
  out[0] = eye[0] + way * forward[0] + aside * (u * right[0] + v * up[0]);
  out[1] = eye[1] + way * forward[1] + aside * (u * right[1] + v * up[1]);
  return true;
};
