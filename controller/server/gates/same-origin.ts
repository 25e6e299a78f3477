// Keeps web pages of others away from a server that asks nobody who they are.
import type { Context, MiddlewareHandler } from "hono";

const LOOPBACK = /^(127(\.\d+){3}|localhost|\[::1\])(:\d+)?$/;
/** Every browser says that it is one. */
const BROWSER = /^Mozilla\//;

/**
 * A browser names the page a call comes from (Origin) and the name it looked up (Host): both must be this server's own. Without
 * this, any page could launch things on the machine of whoever looks at it, directly or by a name that resolves to 127.0.0.1.
 * A page can also make a browser GET an address (as an image, a link, a new window), which names no Origin and is work for the
 * server all the same: there the browser says how the page stands to the address (Sec-Fetch-Site), or, when it is an old one,
 * which page it was (Referer).
 */
export function sameOrigin(): MiddlewareHandler {
  return async (context, next) => {
    const host = context.req.header("host") ?? "";
    const origin = context.req.header("origin");
    if (!LOOPBACK.test(host)) {
      return context.json(
        {
          detail: `This API server is called by the names of this machine alone (127.0.0.1, localhost), not '${host.slice(0, 100)}'. A proxy before it must say so (nginx: proxy_set_header Host 127.0.0.1;)`,
        },
        403,
      );
    }
    if (origin === undefined ? isAskedByNoPage(context, host) : isHere(origin, host)) return next();
    return context.json({ detail: "Forbidden: this call comes from a web page that is not this server's own" }, 403);
  };
}

/** No page, a page of ours, or (`none`) the user, who typed the address. */
function isAskedByNoPage(context: Context, host: string): boolean {
  const site = context.req.header("sec-fetch-site");
  if (site !== undefined) return site === "same-origin" || site === "none";
  const referer = context.req.header("referer");
  if (referer !== undefined) return isHere(referer, host);
  return !BROWSER.test(context.req.header("user-agent") ?? "");
}

function isHere(url: string, host: string): boolean {
  return URL.canParse(url) && new URL(url).host === host;
}
