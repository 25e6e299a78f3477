// Refuses commands that mean another state folder's server: two of them must never serve, or remove, each other's clusters.
import { realpathSync } from "node:fs";
import type { MiddlewareHandler } from "hono";
import { otherFolder, STATE_FOLDER_HEADER } from "#shared/api/state-folder.ts";

export function sameFolder(root: string): MiddlewareHandler {
  return async (context, next) => {
    const wanted = context.req.header(STATE_FOLDER_HEADER);
    const own = realFolder(root);
    if (wanted !== undefined && wanted !== encodeURIComponent(own))
      throw otherFolder(Number(new URL(context.req.url).port), own, decoded(wanted));
    return next();
  };
}

/** Without links, as the command names it too. */
export function realFolder(root: string): string {
  try {
    return realpathSync(root);
  } catch {
    // Gone, or not to be entered any more: then its name has to do.
    return root;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
