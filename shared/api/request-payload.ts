// The record of a request as `/api/get` and `/api/status` give it.
import { z } from "zod";
import { requestStates } from "../lifecycle/request.ts";

export const requestPayloadSchema = z.object({
  request_id: z.string(),
  /** With the prefix "sky.": clients choose the decoder of the value by it. */
  name: z.string(),
  entrypoint: z.string(),
  request_body: z.string(),
  status: z.enum(requestStates),
  /** Seconds since the epoch. */
  created_at: z.number(),
  user_id: z.string(),
  /** JSON as text. */
  return_value: z.string(),
  /** JSON as text: null, or {type, message, object, stix: {code, hint, details}}. */
  error: z.string(),
  pid: z.number().nullable(),
  schedule_type: z.enum(["long", "short"]),
  user_name: z.string().nullable(),
  cluster_name: z.string().nullable(),
  status_msg: z.string().nullable(),
  should_retry: z.boolean(),
  finished_at: z.number().nullable(),
  file_mounts_blob_id: z.string().nullable(),
});
export type RequestPayload = z.infer<typeof requestPayloadSchema>;

/** What `fields=` of `/api/status` may name. */
export const requestFields = [
  "request_id",
  "name",
  "entrypoint",
  "request_body",
  "status",
  "return_value",
  "error",
  "pid",
  "created_at",
  "cluster_name",
  "schedule_type",
  "user_id",
  "status_msg",
  "should_retry",
  "finished_at",
  "file_mounts_blob_id",
] as const satisfies readonly (keyof RequestPayload)[];
