// Signature version 4 of AWS for one kind of request: a form posted to a regional service.
import { createHash, createHmac } from "node:crypto";

export interface SignedForm {
  readonly host: string;
  readonly region: string;
  readonly service: string;
  readonly body: string;
  readonly keyId: string;
  readonly secret: string;
  readonly sessionToken?: string;
  /** ISO time. */
  readonly now: string;
}

/** Headers that prove who asks. */
export function signForm(form: SignedForm): Record<string, string> {
  const stamp = form.now.replace(/[-:]/g, "").replace(/\.\d+/, "");
  const day = stamp.slice(0, 8);
  const headers: Record<string, string> = {
    "content-type": "application/x-www-form-urlencoded; charset=utf-8",
    host: form.host,
    "x-amz-date": stamp,
    ...(form.sessionToken === undefined ? {} : { "x-amz-security-token": form.sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    "POST",
    "/",
    "",
    ...names.map((name) => `${name}:${headers[name]}`),
    "",
    names.join(";"),
    sha256(form.body),
  ].join("\n");
  const scope = `${day}/${form.region}/${form.service}/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", stamp, scope, sha256(canonical)].join("\n");
  let key: Buffer | string = `AWS4${form.secret}`;
  for (const step of [day, form.region, form.service, "aws4_request"])
    key = createHmac("sha256", key).update(step).digest();
  const signature = createHmac("sha256", key).update(text).digest("hex");
  const { host: _host, ...sent } = headers;
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 Credential=${form.keyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`,
  };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
