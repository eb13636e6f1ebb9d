//! Orders of a graph that is given as the list of what each node waits for.

use std::collections::HashMap;
use std::future::Future;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

/// Nodes so that each comes after what it waits for, and those that no such order reaches (on a
/// cycle, or behind one).
pub fn topological(deps: &[Vec<usize>]) -> (Vec<usize>, Vec<usize>) {
    let (mut waiting, users) = users(deps);
    let mut sorted: Vec<usize> = (0..deps.len()).filter(|n| waiting[*n] == 0).collect();
    let mut next = 0;
    while let Some(n) = sorted.get(next).copied() {
        next += 1;
        for u in &users[n] {
            waiting[*u] -= 1;
            if waiting[*u] == 0 {
                sorted.push(*u);
            }
        }
    }
    let stuck = (0..deps.len()).filter(|n| waiting[*n] > 0).collect();
    (sorted, stuck)
}

/// How many nodes each one waits for, and who waits for it.
fn users(deps: &[Vec<usize>]) -> (Vec<usize>, Vec<Vec<usize>>) {
    let mut users = vec![Vec::new(); deps.len()];
    for (n, deps) in deps.iter().enumerate() {
        deps.iter().for_each(|d| users[*d].push(n));
    }
    (deps.iter().map(Vec::len).collect(), users)
}

/// The cycles: each group of nodes that reach one another, in the order of one walk around it.
pub fn cycles(deps: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let (_, stuck) = topological(deps);
    let mut is_stuck = vec![false; deps.len()];
    stuck.iter().for_each(|n| is_stuck[*n] = true);
    let mut done = vec![false; deps.len()];
    let mut found = Vec::new();
    for start in stuck {
        // Whoever is stuck waits for somebody who is stuck; following that ends on a cycle.
        let mut path: Vec<usize> = Vec::new();
        let mut at: HashMap<usize, usize> = HashMap::new();
        let mut n = start;
        while !done[n] && !at.contains_key(&n) {
            at.insert(n, path.len());
            path.push(n);
            match deps[n].iter().find(|d| is_stuck[**d]) {
                Some(d) => n = *d,
                None => break,
            }
        }
        if let Some(from) = at.get(&n).filter(|_| !done[n] && deps[path[path.len() - 1]].contains(&n)) {
            found.push(path[*from..].to_vec());
        }
        path.iter().for_each(|n| done[*n] = true);
    }
    found
}

/// What became of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visit {
    /// Done; those that wait for it may go on.
    Done,
    /// Failed; whoever waits for it is skipped.
    Failed,
}

/// Visits each node once all it waits for are done, as many at a time as are ready. Nodes behind
/// a failed one are not visited; their numbers are returned, sorted.
pub async fn walk<F, Fut>(deps: &[Vec<usize>], visit: F) -> Vec<usize>
where
    F: Fn(usize) -> Fut,
    Fut: Future<Output = Visit>,
{
    let (mut waiting, users) = users(deps);
    let mut skipped = vec![false; deps.len()];
    let mut running = FuturesUnordered::new();
    let run = |n: usize| {
        let future = visit(n);
        async move { (n, future.await) }
    };
    (0..deps.len()).filter(|n| waiting[*n] == 0).for_each(|n| running.push(run(n)));
    while let Some((n, result)) = running.next().await {
        let mut settled = vec![(n, result)];
        while let Some((n, result)) = settled.pop() {
            for u in &users[n] {
                waiting[*u] -= 1;
                skipped[*u] |= result == Visit::Failed;
                if waiting[*u] > 0 {
                    continue;
                }
                if skipped[*u] {
                    settled.push((*u, Visit::Failed));
                } else {
                    running.push(run(*u));
                }
            }
        }
    }
    (0..deps.len()).filter(|n| skipped[*n]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    #[test]
    fn cycles_are_walked_around_once() {
        let deps = vec![vec![1], vec![2], vec![0], vec![0], vec![], vec![5]];
        assert_eq!(cycles(&deps), [vec![0, 1, 2], vec![5]]);
        assert_eq!(topological(&deps), (vec![4], vec![0, 1, 2, 3, 5]));
    }

    #[tokio::test]
    async fn a_failure_skips_only_what_waits_for_it() {
        let deps = vec![vec![], vec![0], vec![1], vec![], vec![3, 2]];
        let seen = RefCell::new(Vec::new());
        let skipped = walk(&deps, |n| {
            seen.borrow_mut().push(n);
            async move { if n == 1 { Visit::Failed } else { Visit::Done } }
        })
        .await;
        assert_eq!(skipped, [2, 4]);
        assert_eq!(seen.into_inner(), [0, 3, 1]);
    }
}
