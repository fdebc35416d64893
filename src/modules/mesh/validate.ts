const SEVERITIES = ['error', 'warning', 'info', 'hint'] as const;

interface GlbMessage {
  readonly code: string;
  readonly severity: (typeof SEVERITIES)[number];
  readonly message: string;
  /** JSON pointer into the glTF document, where the fault lies in one */
  readonly pointer?: string;
}

export interface GlbReport {
  readonly errors: number;
  readonly warnings: number;
  readonly infos: number;
  readonly hints: number;
  /** the first 100 */
  readonly messages: readonly GlbMessage[];
  /** what wrote the file, by its own word */
  readonly generator?: string;
  /** of glTF, as the file states it */
  readonly version?: string;
  /** version of the Khronos validator */
  readonly validator: string;
}

/** Judges a GLB by Khronos's glTF validator; broken bytes give a report with errors and never throw. */
export const validateGlb = async (bytes: Uint8Array): Promise<GlbReport> => {
  const { validateBytes } = await import('gltf-validator'); // 0.3 MB of compiled Dart, so on first use
  const report = await validateBytes(bytes, { format: 'glb', maxIssues: 100, writeTimestamp: false });
  const { generator, version } = report.info ?? {};
  return {
    errors: report.issues.numErrors,
    warnings: report.issues.numWarnings,
    infos: report.issues.numInfos,
    hints: report.issues.numHints,
    messages: report.issues.messages.map(({ code, severity, message, pointer }) => ({
      code,
      severity: SEVERITIES[severity],
      message,
      ...(pointer === undefined ? {} : { pointer }),
    })),
    ...(generator === undefined ? {} : { generator }),
    ...(version === undefined ? {} : { version }),
    validator: report.validatorVersion,
  };
};
