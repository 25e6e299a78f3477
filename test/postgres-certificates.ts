// A server's certificate for `localhost`, its authority, and another authority that did not sign it. Made by openssl.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

export interface ServerCertificates {
  readonly ca: string;
  readonly other: string;
  readonly certificate: string;
  readonly key: string;
}

/** Below a folder that the Postgres of the tests may read; the key is its owner's alone. */
export function makeCertificates(folder: string): ServerCertificates {
  const at = (name: string) => join(folder, name);
  const openssl = (...words: string[]) => {
    const done = Bun.spawnSync(["openssl", ...words], { cwd: folder });
    if (!done.success) throw new Error(`openssl ${words.join(" ")}\n${done.stderr.toString()}`);
  };
  const authority = (name: string) =>
    openssl(
      "req",
      "-new",
      "-x509",
      "-days",
      "2",
      "-nodes",
      "-subj",
      `/CN=${name}`,
      "-out",
      at(`${name}.pem`),
      "-keyout",
      at(`${name}.key`),
    );
  authority("ca");
  authority("other");
  openssl("req", "-new", "-nodes", "-subj", "/CN=localhost", "-out", at("server.csr"), "-keyout", at("server.key"));
  writeFileSync(at("names"), "subjectAltName=DNS:localhost\n");
  openssl(
    "x509",
    "-req",
    "-in",
    at("server.csr"),
    "-CA",
    at("ca.pem"),
    "-CAkey",
    at("ca.key"),
    "-CAcreateserial",
    "-days",
    "2",
    "-extfile",
    at("names"),
    "-out",
    at("server.crt"),
  );
  return { ca: at("ca.pem"), other: at("other.pem"), certificate: at("server.crt"), key: at("server.key") };
}
