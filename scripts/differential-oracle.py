# Asks SkyPilot's package what it makes of a file: one JSON case a line in, one JSON outcome a line out.
import json
import logging
import os
import sys
import tempfile
import warnings

os.environ["HOME"] = tempfile.mkdtemp(prefix="stix-differential-")
warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

import yaml  # noqa: E402

from sky import task as task_module  # noqa: E402
from sky.utils import common_utils  # noqa: E402
from sky.utils import dag_utils  # noqa: E402
from sky.utils import resources_utils  # noqa: E402
from sky.volumes import volume as volume_module  # noqa: E402


def normal_task(task):
    config = task.to_yaml_config()
    for key in ("_user_specified_yaml", "_metadata", "resources"):
        config.pop(key, None)
    alternatives = [each.to_yaml_config() for each in task.resources]
    kind = "ordered" if isinstance(task.resources, list) else "set"
    return {**config, "resources_kind": kind, "resources_alternatives": alternatives}


def normal_dag(dag):
    extra = {key: getattr(dag, key, None) for key in ("primary_tasks", "termination_delay", "inter_connection")}
    return {"name": dag.name, "execution": dag.execution.value, **extra, "tasks": [normal_task(task) for task in dag.tasks]}


def called(case):
    """What one of SkyPilot's functions makes of a single value."""
    if case["fn"] == "ports":
        return resources_utils.simplify_ports(case["in"])
    options = dict(case["kw"])
    if case["fn"] == "name_on_cloud":
        common_utils.get_user_hash = lambda: options["user_hash"]
        return common_utils.make_cluster_name_on_cloud(case["in"], max_length=options["max_length"])
    options["ret_type"] = {"int": int, "float": float}[options["ret_type"]]
    return resources_utils.parse_memory_resource(case["in"], "memory", **options)


def volume(text):
    made = volume_module.Volume.from_yaml_config(yaml.safe_load(text))
    made.validate()
    return {key: value for key, value in made.to_yaml_config().items() if value not in (None, {})}


def outcome(case):
    try:
        if "fn" in case:
            return {"ok": True, "result": called(case)}
        text = case["yaml"]
        if case["group"] == "volume":
            return {"ok": True, "result": volume(text)}
        if case["group"] != "dag":
            return {"ok": True, "result": normal_task(task_module.Task.from_yaml_str(text))}
        is_group = dag_utils.is_job_group_yaml_str(text)
        load = dag_utils.load_job_group_from_yaml_str if is_group else dag_utils.load_chain_dag_from_yaml_str
        return {"ok": True, "result": normal_dag(load(text))}
    except Exception as error:  # Whatever it raises is the outcome.
        return {"ok": False, "error_class": type(error).__name__, "message": str(error)}


answers = os.fdopen(os.dup(1), "w")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
for line in sys.stdin:
    answers.write(json.dumps(outcome(json.loads(line)), default=str) + "\n")
    answers.flush()
