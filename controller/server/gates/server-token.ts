// The token that only the server's own user can read. Whoever shows it needs no look into the kernel's tables, which takes
// milliseconds on a machine that was built for many connections.
import { timingSafeEqual } from "node:crypto";
import { SERVER_TOKEN_HEADER } from "#shared/api/server-token.ts";
import { writeWholeSync } from "#shared/os/whole-file.ts";

/** Long enough not to be guessed: 32 characters of 36. */
const TOKEN_LENGTH = 32;

/** Makes a new token, writes it for the commands of this user (0600), and gives the check of it. */
export function createServerToken(path: string, token: (length: number) => string): (request: Request) => boolean {
  const secret = token(TOKEN_LENGTH);
  writeWholeSync(path, secret);
  const expected = Buffer.from(secret);
  return (request) => {
    const shown = Buffer.from(request.headers.get(SERVER_TOKEN_HEADER) ?? "");
    return shown.length === expected.length && timingSafeEqual(shown, expected);
  };
}
