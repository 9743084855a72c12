/** What people want to read of an error that Step Functions tells. */

/** Lambda gives an error's cause as JSON with `errorMessage`; other causes are plain text. */
export function messageInCause(cause: string): string {
  try {
    const value: unknown = JSON.parse(cause);
    const message =
      typeof value === 'object' && value !== null ? (value as { errorMessage?: unknown }).errorMessage : undefined;
    return typeof message === 'string' ? message : cause;
  } catch {
    return cause;
  }
}
