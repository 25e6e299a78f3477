"""Ray's figures as one JSON line: a task that forks, gangs through placement groups, many tasks, and the memory of an idle head."""
import json
import os
import statistics
import subprocess
import time

import ray
from ray.util.placement_group import placement_group, remove_placement_group


@ray.remote(num_cpus=1)
def fork_true():
    subprocess.run(["true"], check=True)


def milliseconds(action):
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1000


def gang(size):
    group = placement_group([{"CPU": 1}] * size, strategy="SPREAD")
    ray.get(group.ready())
    ranks = [
        fork_true.options(placement_group=group, placement_group_bundle_index=rank).remote()
        for rank in range(size)
    ]
    ray.get(ranks)
    remove_placement_group(group)


def memory_mib():
    """Resident memory of this session's processes, shared pages counted for each."""
    total = 0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as command, open(f"/proc/{pid}/status") as status:
                if b"ray" in command.read().replace(b"\0", b" "):
                    total += sum(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
        except OSError:
            continue
    return total // 1024


ray.init(address="local", num_cpus=256, include_dashboard=False, logging_level="ERROR")
figures = {"memory_mib": memory_mib()}
ray.get(fork_true.remote())
figures["task_ms"] = statistics.median(milliseconds(lambda: ray.get(fork_true.remote())) for _ in range(30))
for size in (1, 4, 16):
    figures[f"gang_{size}_ms"] = statistics.median(milliseconds(lambda: gang(size)) for _ in range(6))
started = time.perf_counter()
ray.get([fork_true.remote() for _ in range(1000)])
figures["tasks_per_second"] = 1000 / (time.perf_counter() - started)
print(json.dumps(figures))
