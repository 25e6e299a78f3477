// A call that becomes a request: the row is written, then the id is answered in a header.
import type { Context } from "hono";
import type { Principal } from "#shared/access/principal.ts";
import type { BaseBody } from "#shared/api/bodies.ts";
import { FOLLOW_HEADER, LOG_FRAMES_TYPE } from "#shared/api/log-frames.ts";
import { parseRequestKey, REQUEST_KEY_HEADER } from "#shared/api/request-key.ts";
import type { Lane } from "#shared/api/routes.ts";
import { clientApiNumber } from "../gates/answer-headers.ts";
import type { ServerEnv, Service } from "../service.ts";
import { requestFrames } from "../streams/request-frames.ts";
import { newRequest, type RequestKind } from "./new-request.ts";

/** Answers once the row is durable. A call with the key of an earlier one is answered as that one was. */
export async function accept(
  c: Context<ServerEnv>,
  service: Service,
  principal: Principal,
  kind: RequestKind,
  body: BaseBody,
): Promise<Response> {
  const { clock, random, requests } = service.world;
  const key = parseRequestKey(c.req.header(REQUEST_KEY_HEADER));
  if (key !== null && (await requests.get(key))?.name === kind.name) return answerId(c, service, key);
  const request = newRequest(clock, random, {
    id: key,
    kind: { name: kind.name, lane: laneOf(kind, body) },
    principal,
    body,
    clientApi: clientApiNumber(c.req.raw),
  });
  await service.worker.submit(request);
  return answerId(c, service, request.id);
}

/** The id, and for a client that wants them the frames of what comes of it. */
function answerId(c: Context<ServerEnv>, service: Service, id: string): Response {
  c.header("X-Skypilot-Request-ID", id);
  const wish = c.req.header(FOLLOW_HEADER);
  if (wish !== "request" && wish !== "job") return c.json(null);
  c.env.keepOpen(c.req.raw);
  return c.body(requestFrames(service, id, wish), 200, { "content-type": LOG_FRAMES_TYPE });
}

/** A status that asks clouds may take long. */
function laneOf({ name, lane }: RequestKind, body: BaseBody): Lane {
  const refresh = "refresh" in body ? body.refresh : undefined;
  return name === "status" && refresh !== undefined && refresh !== "NONE" ? "long" : lane;
}
