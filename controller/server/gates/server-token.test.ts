// The token by which commands of the same user are known.
import { describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SERVER_TOKEN_HEADER } from "#shared/api/server-token.ts";
import { realRandom } from "#shared/clock.ts";
import { createServerToken } from "./server-token.ts";

describe("server/gates/server-token", () => {
  test("is readable by its user alone, and nothing else opens the door", () => {
    const folder = mkdtempSync(join(tmpdir(), "stix-token-"));
    const path = join(folder, "server.token");
    const asking = (token: string | null) =>
      new Request("http://x/", { headers: token === null ? {} : { [SERVER_TOKEN_HEADER]: token } });

    const showsToken = createServerToken(path, (length) => realRandom().token(length));
    const first = readFileSync(path, "utf8");
    const showsNewToken = createServerToken(path, (length) => realRandom().token(length));

    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect([first, null, "", first.slice(1), `${first}x`].map((token) => showsToken(asking(token)))).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(showsNewToken(asking(first))).toBe(false);
    expect(showsNewToken(asking(readFileSync(path, "utf8")))).toBe(true);
    rmSync(folder, { recursive: true });
  });
});
