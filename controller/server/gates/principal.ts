// Who asks: found once for each call, here and nowhere else.
import { DEFAULT_WORKSPACE, ownerOfServer, type Principal } from "#shared/access/principal.ts";
import { USER_HEADER, USER_NAME_HEADER, WORKSPACE_HEADER } from "#shared/api/principal-headers.ts";

/**
 * What our own client says in headers; else what SkyPilot's says in the body (`env_vars`, `override_skypilot_config`) or, for
 * uploads, after the question mark. Rights do not come from there: who gets this far has shown by the kernel's tables or by
 * the server's token that he owns the server.
 */
export function principalOf(request: Request, body: unknown): Principal {
  const variables = field(body, "env_vars");
  const inQuery = new URL(request.url).searchParams.get("user_hash");
  return ownerOfServer({
    userHash: inHeader(request, USER_HEADER) ?? text(field(variables, "SKYPILOT_USER_ID")) ?? inQuery ?? "",
    userName: inHeader(request, USER_NAME_HEADER) ?? text(field(variables, "SKYPILOT_USER")) ?? "",
    workspace:
      inHeader(request, WORKSPACE_HEADER) ??
      text(field(field(body, "override_skypilot_config"), "active_workspace")) ??
      DEFAULT_WORKSPACE,
  });
}

function inHeader(request: Request, name: string): string | undefined {
  const value = request.headers.get(name);
  if (value === null || value === "") return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    // Not ours: taken as it stands.
    return value;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
