// The keys of `service` and of the pool form inside it, and their types. Rules across keys are in ../service-spec.ts.
import { anything, closed, either, flag, integer, lazily, mapOf, number, text, word } from "../../schema/shapes.ts";
import { LOAD_BALANCING_POLICIES } from "../service.ts";

const GPU_KEY = /^[A-Z0-9]+(?::[0-9]+)?$/;

export const poolSchema = lazily(() =>
  closed({
    workers: integer().min(0).optional(),
    min_workers: integer().min(0).optional(),
    queue_length_threshold: integer().min(1).optional(),
    max_workers: integer().min(0).optional(),
    upscale_delay_seconds: number().min(0).optional(),
    downscale_delay_seconds: number().min(0).optional(),
  }),
);

export const serviceSchema = lazily(() =>
  closed({
    readiness_probe: either(
      text(),
      closed({
        path: text(),
        initial_delay_seconds: number().optional(),
        timeout_seconds: number().optional(),
        endpoint_probe_interval_seconds: number().optional(),
        consecutive_failure_threshold_timeout: number().optional(),
        post_data: either(text(), mapOf(anything())).optional(),
        headers: mapOf(text()).optional(),
      }),
    ).optional(),
    load_balancer: closed({ stream_timeout_seconds: number().optional() }).optional(),
    pool: poolSchema().optional(),
    replica_policy: closed({
      min_replicas: integer().min(0),
      max_replicas: integer().min(0).optional(),
      num_overprovision: integer().min(0).optional(),
      target_qps_per_replica: either(number().min(0), mapOf(number().min(0), { keyPattern: GPU_KEY })).optional(),
      dynamic_ondemand_fallback: flag().optional(),
      base_ondemand_fallback_replicas: integer().min(0).optional(),
      spot_placer: word(["dynamic_fallback"]).optional(),
      upscale_delay_seconds: number().optional(),
      downscale_delay_seconds: number().optional(),
    }).optional(),
    ports: integer().optional(),
    replicas: integer().optional(),
    workers: integer().optional(),
    load_balancing_policy: word(LOAD_BALANCING_POLICIES).optional(),
    tls: closed({ keyfile: text(), certfile: text() }).optional(),
  }),
);
