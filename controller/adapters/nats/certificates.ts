// STIX's own certificate authority and the hub's certificate: heads pin the authority, so no public one is asked.
import { mkdir, readFile } from "node:fs/promises";
import { networkInterfaces, hostname } from "node:os";
import { StixError } from "#shared/errors/stix-error.ts";
import { readIfThere } from "#shared/os/json-file.ts";
import { writeWhole } from "#shared/os/whole-file.ts";

export interface HubCertificate {
  /** PEM of the authority, to pin. */
  readonly ca: string;
  readonly certFile: string;
  readonly keyFile: string;
}

const YEAR_MS = 365 * 86_400_000;
const AUTHORITY_YEARS = 20;
const SERVER_YEARS = 2;
/** A server certificate with less than this left is made anew at the next start. */
const RENEW_BEFORE_MS = 90 * 86_400_000;

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
type Library = typeof import("@peculiar/x509");

/** Reads or makes both under `folder`; `names` are the public names and addresses the hub is reached by. */
export async function ensureCertificate(
  folder: string,
  names: readonly string[],
  now: number,
): Promise<HubCertificate> {
  // Half a megabyte that a hub on loopback never needs; the library wants the polyfill to be there before it.
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const authority = (await readAuthority(x509, folder)) ?? (await makeAuthority(x509, folder, now));
  const all = [...new Set(["localhost", "127.0.0.1", "::1", hostname(), ...ownAddresses(), ...names])];
  const known = await readPair(x509, folder, "hub");
  const fits =
    known !== null &&
    known.certificate.notAfter.getTime() - now > RENEW_BEFORE_MS &&
    covers(x509, known.certificate, all) &&
    (await isSignedBy(known.certificate, authority.certificate));
  if (!fits) await makeServerCertificate(x509, folder, authority, all, now);
  return { ca: authority.certificate.toString("pem"), certFile: `${folder}/hub.pem`, keyFile: `${folder}/hub.key.pem` };
}

interface Pair {
  readonly certificate: InstanceType<Library["X509Certificate"]>;
  readonly key: CryptoKey;
}

/** null before the first time: the certificate is written last. Clusters trust this very one, so another is not made in its place. */
async function readAuthority(x509: Library, folder: string): Promise<Pair | null> {
  const path = `${folder}/ca.pem`;
  if ((await readIfThere(path)) === null) return null;
  const pair = await readPair(x509, folder, "ca");
  if (pair !== null) return pair;
  throw new StixError({
    code: "damaged-file",
    message: `the hub's authority is damaged: '${path}' and '${folder}/ca.key.pem' are not a certificate and its key`,
    hint: `put backups there, or have every cluster trust a new one: mv '${path}' '${path}.damaged', then stix start each of them`,
  });
}

async function makeAuthority(x509: Library, folder: string, now: number): Promise<Pair> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=STIX authority",
    notBefore: new Date(now - 86_400_000),
    notAfter: new Date(now + AUTHORITY_YEARS * YEAR_MS),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  await keep(x509, folder, "ca", certificate, keys.privateKey);
  return { certificate, key: keys.privateKey };
}

async function makeServerCertificate(
  x509: Library,
  folder: string,
  authority: Pair,
  names: readonly string[],
  now: number,
): Promise<void> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: "CN=stix-hub",
    issuer: authority.certificate.subject,
    notBefore: new Date(now - 86_400_000),
    notAfter: new Date(now + SERVER_YEARS * YEAR_MS),
    publicKey: keys.publicKey,
    signingKey: authority.key,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isAddress(value) ? ("ip" as const) : ("dns" as const), value })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate),
    ],
  });
  await keep(x509, folder, "hub", certificate, keys.privateKey);
}

async function keep(
  x509: Library,
  folder: string,
  name: string,
  certificate: Pair["certificate"],
  key: CryptoKey,
): Promise<void> {
  const pem = x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
  // The key first: a certificate without its key would be believed at the next start.
  await writeWhole(`${folder}/${name}.key.pem`, `${pem}\n`, { durable: true });
  await writeWhole(`${folder}/${name}.pem`, `${certificate.toString("pem")}\n`, { durable: true });
}

async function readPair(x509: Library, folder: string, name: string): Promise<Pair | null> {
  try {
    const [certificate, key] = await Promise.all([
      readFile(`${folder}/${name}.pem`, "utf8"),
      readFile(`${folder}/${name}.key.pem`, "utf8"),
    ]);
    const pkcs8 = x509.PemConverter.decodeFirst(key);
    return {
      certificate: new x509.X509Certificate(certificate),
      key: await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, true, ["sign"]),
    };
  } catch {
    return null;
  }
}

function covers(x509: Library, certificate: Pair["certificate"], names: readonly string[]): boolean {
  const named =
    certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.items.map((item) => item.value) ?? [];
  return names.every((name) => named.includes(name));
}

function isSignedBy(certificate: Pair["certificate"], authority: Pair["certificate"]): Promise<boolean> {
  return certificate.verify({ publicKey: authority.publicKey, signatureOnly: true });
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((one) =>
    (one ?? [])
      .filter((address) => !address.internal && !address.address.startsWith("fe80"))
      .map((address) => address.address),
  );
}

function isAddress(name: string): boolean {
  return /^[\d.]+$/.test(name) || name.includes(":");
}
