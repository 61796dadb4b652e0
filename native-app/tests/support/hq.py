"""Runs a script once for each task number on HyperQueue, on this machine: hq.py SCRIPT RANGES WORKERS.

The package brings server and workers, but not the command `hq`; so the script's own line `#HQ --array` is acted out here: RANGES are its numbers.
"""

import sys

from hyperqueue import Job
from hyperqueue.cluster import LocalCluster, WorkerConfig

script, ranges, workers = sys.argv[1], sys.argv[2], int(sys.argv[3])
tasks = [
    task
    for part in ranges.split(",")
    for task in range(int(part.split("-")[0]), int(part.split("-")[-1]) + 1)
]
with LocalCluster() as cluster:
    for _ in range(workers):
        cluster.start_worker(WorkerConfig(cores=1))
    client = cluster.client()
    job = Job()
    for task in tasks:
        # Without an array, HyperQueue numbers the tasks of a job itself.
        job.program(
            ["bash", "-c", 'HQ_TASK_ID=$1 exec bash "$0"', script, str(task)],
            stdout=f"{script}.{task}.out",
            stderr=f"{script}.{task}.err",
        )
    submitted = client.submit(job)
    client.wait_for_jobs([submitted], raise_on_error=False)
    failed = client.get_failed_tasks(submitted)
    print({task: str(why) for task, why in failed.items()} if failed else "all tasks done")
