/** The part of Khronos's validator (untyped on npm) that this project calls. */
declare module 'gltf-validator' {
  interface ValidatorMessage {
    readonly code: string;
    readonly message: string;
    /** 0 error, 1 warning, 2 info, 3 hint */
    readonly severity: 0 | 1 | 2 | 3;
    readonly pointer?: string;
    readonly offset?: number;
  }
  interface ValidatorReport {
    readonly validatorVersion: string;
    readonly issues: {
      readonly numErrors: number;
      readonly numWarnings: number;
      readonly numInfos: number;
      readonly numHints: number;
      readonly messages: readonly ValidatorMessage[];
      readonly truncated: boolean;
    };
    readonly info?: { readonly version?: string; readonly generator?: string };
  }
  interface ValidatorOptions {
    readonly format?: 'glb' | 'gltf';
    readonly maxIssues?: number;
    readonly writeTimestamp?: boolean;
  }
  export function validateBytes(bytes: Uint8Array, options?: ValidatorOptions): Promise<ValidatorReport>;
}
