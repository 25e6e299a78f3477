// Keeps web pages of others away from a server that asks nobody who they are.
import type { MiddlewareHandler } from "hono";

const LOOPBACK = /^(127(\.\d+){3}|localhost|\[::1\])(:\d+)?$/;

/**
 * A browser names the page a call comes from (Origin) and the name it looked up (Host): both must be this server's own. Without
 * this, any page could launch things on the machine of whoever looks at it, directly or by a name that resolves to 127.0.0.1.
 */
export function sameOrigin(): MiddlewareHandler {
  return async (context, next) => {
    const host = context.req.header("host") ?? "";
    const origin = context.req.header("origin");
    const isOwn = origin === undefined || origin === "null" ? origin === undefined : URL.canParse(origin) && new URL(origin).host === host;
    if (LOOPBACK.test(host) && isOwn) return next();
    return context.json({ detail: "Forbidden" }, 403);
  };
}
