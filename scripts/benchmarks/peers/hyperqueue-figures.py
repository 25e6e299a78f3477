"""HyperQueue's figures as one JSON line: one task, and a thousand of them in one job. Nothing of it is durable."""
import json
import statistics
import time

from hyperqueue import Job, LocalCluster
from hyperqueue.cluster import WorkerConfig


def seconds(client, tasks):
    job = Job()
    for _ in range(tasks):
        job.program(args=["/bin/true"], stdout=None, stderr=None)
    started = time.perf_counter()
    client.wait_for_jobs([client.submit(job)])
    return time.perf_counter() - started


with LocalCluster() as cluster:
    cluster.start_worker(WorkerConfig(cores=64))
    client = cluster.client()
    seconds(client, 1)
    one = statistics.median(seconds(client, 1) for _ in range(10))
    # Its wait looks once a second, so many tasks are needed for a rate that means something.
    many = 5000
    print(json.dumps({"task_ms": one * 1000, "tasks_per_second": many / seconds(client, many)}))
