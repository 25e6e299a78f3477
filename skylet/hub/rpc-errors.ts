// Turns what went wrong in a request into the reply the controller understands.
import { errorText, isStixError, type StixError } from "#shared/errors/stix-error.ts";
import type { RpcError } from "#shared/wire/rpc.ts";

/** A refusal by name; `internal` only for what we did not foresee. */
export class RpcRefusal extends Error {
  readonly code: RpcError["code"];
  readonly hint: string;
  /** What was asked for lies on a node that is lost. */
  readonly lost: boolean;

  constructor(code: RpcError["code"], message: string, hint = "", lost = false) {
    super(message);
    this.lost = lost;
    this.name = "RpcRefusal";
    this.code = code;
    this.hint = hint;
  }
}

export function rpcErrorOf(error: unknown): RpcError {
  if (error instanceof RpcRefusal)
    return { code: error.code, message: error.message, hint: error.hint, ...(error.lost ? { lost: true } : {}) };
  if (isStixError(error)) {
    return { code: codeOf(error), message: error.message, hint: error.hint };
  }
  return { code: "internal", message: errorText(error), hint: "see skylet.log on the head node" };
}

function codeOf(error: StixError): RpcError["code"] {
  if (error.code === "disk-full") return "disk-full";
  return error.details["rpc"] === "conflict" ? "conflict" : "internal";
}
