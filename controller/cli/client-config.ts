// The client's own layers of configuration, as they are sent with every request.
import type { JsonRecord } from "../client/connection.ts";
import type { CliContext } from "./context.ts";

export async function clientConfig(_context: CliContext, _overlays: readonly string[]): Promise<JsonRecord> {
  return {};
}
