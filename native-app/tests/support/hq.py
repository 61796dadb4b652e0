"""Runs a script once for each task number on HyperQueue, on this machine: hq.py SCRIPT TASKS WORKERS.

The package brings server and workers, but not the command `hq`; so the script's own line `#HQ --array` is acted out here.
"""

import sys

from hyperqueue import Job
from hyperqueue.cluster import LocalCluster, WorkerConfig

script, tasks, workers = sys.argv[1], *map(int, sys.argv[2:])
with LocalCluster() as cluster:
    for _ in range(workers):
        cluster.start_worker(WorkerConfig(cores=1))
    client = cluster.client()
    job = Job()
    for task in range(tasks):
        job.program(["bash", script], stdout=f"{script}.{task}.out", stderr=f"{script}.{task}.err")
    submitted = client.submit(job)
    client.wait_for_jobs([submitted], raise_on_error=False)
    failed = client.get_failed_tasks(submitted)
    print({task: str(why) for task, why in failed.items()} if failed else "all tasks done")
