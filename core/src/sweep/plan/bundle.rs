//! Jobs in bundles: what one task of an engine computes, where starting a process for each job would be too much.

use super::job::{Head, Job};

/// How jobs are shared among tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bundle {
    /// A task for each job.
    Each,
    /// So many jobs a task, one after the other in the plan.
    Chunk(usize),
    /// So many tasks, each with about the same estimated cost.
    Tasks(usize),
}

/// Tells the tasks of a plan's jobs, which come in order.
#[derive(Clone, Debug)]
pub struct Dealer {
    bundle: Bundle,
    total: u128,
    before: u128,
}

impl Bundle {
    /// How many tasks a plan comes to.
    #[must_use]
    pub fn tasks(self, jobs: usize) -> usize {
        match self {
            Self::Each => jobs,
            Self::Chunk(jobs_each) => jobs.div_ceil(jobs_each.max(1)),
            Self::Tasks(tasks) => tasks.clamp(1, jobs.max(1)),
        }
    }

    /// Begins with the first job of a plan.
    #[must_use]
    pub fn dealer(self, head: &Head) -> Dealer {
        let bundle = match self {
            Self::Tasks(_) => Self::Tasks(self.tasks(head.jobs)),
            other => other,
        };
        // A job that costs nothing still takes a process's time.
        Dealer { bundle, total: u128::from(head.cost) + head.jobs as u128, before: 0 }
    }
}

impl Dealer {
    /// The task of the next job.
    pub fn task(&mut self, job: &Job) -> usize {
        match self.bundle {
            Bundle::Each => job.index,
            Bundle::Chunk(jobs) => job.index / jobs.max(1),
            Bundle::Tasks(tasks) => {
                let cost = u128::from(job.cost) + 1;
                // By the job's middle, so that a task's share is missed by half a job at most on either side.
                let middle = 2 * self.before + cost;
                self.before += cost;
                let task = middle * tasks as u128 / (2 * self.total).max(1);
                usize::try_from(task).unwrap_or(usize::MAX).min(tasks - 1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::job::Part;
    use super::*;

    fn dealt(bundle: Bundle, costs: &[u64]) -> Vec<usize> {
        let head = Head {
            plan: 1,
            name: String::new(),
            version: String::new(),
            numerics: 1,
            recipe: String::new(),
            keep: false,
            keys: Vec::new(),
            studies: costs.len(),
            jobs: costs.len(),
            cells: costs.len(),
            cost: costs.iter().sum(),
        };
        let job = |(index, cost): (usize, &u64)| Job {
            index,
            id: String::new(),
            study: index,
            part: Part::Study,
            cells: 1,
            cost: *cost,
            set: crate::sweep::Assignments::new(),
        };
        let mut dealer = bundle.dealer(&head);
        costs.iter().enumerate().map(job).map(|job| dealer.task(&job)).collect()
    }

    #[test]
    fn tasks_share_the_cost_and_chunks_the_number() {
        assert_eq!(dealt(Bundle::Each, &[5, 5, 5]), [0, 1, 2]);
        assert_eq!(dealt(Bundle::Chunk(2), &[5, 5, 5]), [0, 0, 1]);
        assert_eq!(dealt(Bundle::Tasks(2), &[100, 100, 100, 100]), [0, 0, 1, 1]);
        assert_eq!(dealt(Bundle::Tasks(2), &[10, 10, 10, 10, 10, 1000]), [0, 0, 0, 0, 0, 1]);
        assert_eq!(dealt(Bundle::Tasks(9), &[0, 0]), [0, 1], "no more tasks than jobs");
        assert_eq!((Bundle::Chunk(3).tasks(7), Bundle::Tasks(9).tasks(7)), (3, 7));
    }
}
