/** Errors as the server words them: what happened, and what helps. */

export class RingbackError extends Error {
  readonly code: string;
  readonly cure: string;
  readonly status: number;

  constructor(message: string, options: { code?: string; cure?: string; status?: number } = {}) {
    super(message);
    this.name = "RingbackError";
    this.code = options.code ?? "error";
    this.cure = options.cure ?? "";
    this.status = options.status ?? 0;
  }
}
