// Headers that every answer carries, and the gate for clients that are too old.
import type { MiddlewareHandler } from "hono";
import { STIX_VERSION_HEADER } from "#shared/api/request-key.ts";
import { api, version } from "#shared/version.ts";

/** Clients since 0.11.0. */
const OLDEST_CLIENT = "0.11.0";

const securityHeaders: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; connect-src 'self'; worker-src 'self' blob:; " +
    "frame-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'",
  "x-frame-options": "SAMEORIGIN",
  "x-content-type-options": "nosniff",
  "referrer-policy": "strict-origin-when-cross-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=()",
  vary: "Origin",
};

/** Every answer has an id, even where it means nothing; version headers only answer a client that named its own. */
export function answerHeaders(newId: () => string): MiddlewareHandler {
  return async (context, next) => {
    const asked = clientApi(context.req.raw);
    await next();
    const { headers } = context.res;
    for (const [name, value] of Object.entries(securityHeaders)) headers.set(name, value);
    // Whatever is no single document comes as it is made: proxies must pass it on at once and unchanged.
    if (!isDocument(headers.get("content-type")))
      for (const [name, value] of Object.entries(streamHeaders)) headers.set(name, value);
    if (!headers.has("X-Skypilot-Request-ID")) headers.set("X-Skypilot-Request-ID", newId());
    if (asked === "none") return;
    headers.set(STIX_VERSION_HEADER, version);
    headers.set("X-SkyPilot-API-Version", String(api.version));
    headers.set("X-SkyPilot-Version", api.compatibleWith);
  };
}

/** So that no proxy on the way keeps pieces back or stores them. */
const streamHeaders = { "cache-control": "no-cache, no-transform", "x-accel-buffering": "no" } as const;

function isDocument(type: string | null): boolean {
  return type === null || type.startsWith("application/json");
}

export function versionGate(): MiddlewareHandler {
  return async (context, next) => {
    const asked = clientApi(context.req.raw);
    if (asked === "garbage")
      return context.json(
        { error: "version_mismatch", message: "the header X-SkyPilot-API-Version is not a number" },
        400,
      );
    if (asked === "none" || asked >= api.minimum) return next();
    const version = context.req.header("X-SkyPilot-Version") ?? "unknown";
    const message = `This client (${version}) is too old: the server answers ${OLDEST_CLIENT} and newer. Upgrade it: pip install -U "skypilot==${api.compatibleWith}"`;
    return context.json({ error: "version_mismatch", message }, 400);
  };
}

/** The API version the client speaks. */
export function clientApi(request: Request): number | "none" | "garbage" {
  const text = request.headers.get("X-SkyPilot-API-Version");
  if (text === null) return "none";
  const value = Number(text);
  return Number.isInteger(value) ? value : "garbage";
}

/** null when the client did not say. */
export function clientApiNumber(request: Request): number | null {
  const value = clientApi(request);
  return typeof value === "number" ? value : null;
}
