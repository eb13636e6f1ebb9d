//! Gathers reads of single objects into calls for many.
//!
//! Everything that one `read` has to look up runs at the same time. Whoever asks first for an object of a kind lets all
//! others have their turn before it calls, so that they can add theirs: 300 security groups are read by two calls,
//! and nothing has to plan that ahead.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use craton_aws_api::ApiError;
use futures_util::future::join_all;
use serde_json::{Map, Value as Json, json};
use tokio::sync::OnceCell;
use tokio::sync::oneshot;

use crate::api::Api;
use crate::decl::{Many, Sweep};
use crate::doc;

type Found = Result<Option<Arc<Json>>, ApiError>;

#[derive(Default)]
struct Batch {
    waiting: HashMap<String, Vec<oneshot::Sender<Found>>>,
    asked: HashMap<String, Vec<oneshot::Sender<Found>>>,
    known: HashMap<String, Option<Arc<Json>>>,
    under_way: bool,
}

type Shared<T> = Mutex<HashMap<String, Arc<OnceCell<T>>>>;

/// What has been read within one operation of the provider.
pub struct Loader {
    api: Api,
    batches: Mutex<HashMap<&'static str, Batch>>,
    sweeps: Shared<Arc<HashMap<String, Arc<Json>>>>,
    answers: Shared<Arc<Json>>,
}

fn locked<T>(m: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    m.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lets everything else that is ready run first.
async fn after_the_others() {
    let mut turns = 2;
    std::future::poll_fn(|cx| {
        if turns == 0 {
            return std::task::Poll::Ready(());
        }
        turns -= 1;
        cx.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

impl Loader {
    /// One that knows nothing yet.
    pub fn new(api: Api) -> Self {
        Self { api, batches: Mutex::default(), sweeps: Mutex::default(), answers: Mutex::default() }
    }

    /// The item of that id; `None` when there is none.
    ///
    /// # Errors
    /// The call that was to find it failed.
    pub async fn get(&self, many: &'static Many, id: &str) -> Found {
        let (receiver, first) = {
            let mut batches = locked(&self.batches);
            let batch = batches.entry(many.op).or_default();
            if let Some(found) = batch.known.get(id) {
                return Ok(found.clone());
            }
            let (sender, receiver) = oneshot::channel();
            match batch.asked.get_mut(id) {
                // The answer is on its way.
                Some(others) => {
                    others.push(sender);
                    (receiver, false)
                }
                None => {
                    batch.waiting.entry(id.to_owned()).or_default().push(sender);
                    (receiver, !std::mem::replace(&mut batch.under_way, true))
                }
            }
        };
        if first {
            after_the_others().await;
            self.dispatch(many).await;
        }
        receiver.await.unwrap_or(Ok(None))
    }

    /// Forgets an item, so that the next look at it is a fresh one.
    pub fn forget(&self, many: &'static Many, id: &str) {
        if let Some(batch) = locked(&self.batches).get_mut(many.op) {
            batch.known.remove(id);
        }
    }

    async fn dispatch(&self, many: &'static Many) {
        let mut ids: Vec<String> = {
            let mut batches = locked(&self.batches);
            let batch = batches.entry(many.op).or_default();
            batch.under_way = false;
            let waiting = std::mem::take(&mut batch.waiting);
            let ids = waiting.keys().cloned().collect();
            batch.asked.extend(waiting);
            ids
        };
        ids.sort();
        let chunks: Vec<&[String]> = ids.chunks(many.max.max(1)).collect();
        let answers = join_all(chunks.iter().map(|chunk| self.fetch(many, chunk))).await;
        let mut batches = locked(&self.batches);
        let batch = batches.entry(many.op).or_default();
        for (chunk, answer) in chunks.into_iter().zip(answers) {
            for id in chunk {
                let found = answer.as_ref().map(|items| items.get(id).cloned()).map_err(Clone::clone);
                if let Ok(found) = &found {
                    batch.known.insert(id.clone(), found.clone());
                }
                for sender in batch.asked.remove(id).unwrap_or_default() {
                    // Whoever asked may have gone away meanwhile.
                    let _ = sender.send(found.clone());
                }
            }
        }
    }

    async fn fetch(&self, many: &'static Many, ids: &[String]) -> Result<HashMap<String, Arc<Json>>, ApiError> {
        let mut input = with(many);
        input.insert(many.ids.into(), json!(ids));
        match self.pages(many.service, many.op, many.items, input).await {
            Ok(items) => Ok(by_key(items, many.key)),
            Err(e) if is_not_found(&e) => self.fetch_existing(many, ids).await,
            Err(e) => Err(e),
        }
    }

    /// One of the ids is gone, and AWS refuses the whole call: asks again in a way that leaves it out.
    async fn fetch_existing(
        &self,
        many: &'static Many,
        ids: &[String],
    ) -> Result<HashMap<String, Arc<Json>>, ApiError> {
        if ids.len() == 1 {
            return Ok(HashMap::new());
        }
        if let Some((member, name)) = many.filter {
            let mut input = with(many);
            input.insert(member.into(), json!([{"Name": name, "Values": ids}]));
            return Ok(by_key(self.pages(many.service, many.op, many.items, input).await?, many.key));
        }
        let (a, b) = ids.split_at(ids.len() / 2);
        let (a, b) = futures_util::join!(Box::pin(self.fetch(many, a)), Box::pin(self.fetch(many, b)));
        let mut all = a?;
        all.extend(b?);
        Ok(all)
    }

    async fn pages(
        &self,
        service: &str,
        op: &str,
        items: &str,
        input: Map<String, Json>,
    ) -> Result<Vec<Json>, ApiError> {
        let (mut all, mut input) = (Vec::new(), input);
        loop {
            let answer = self.api.call(service, op, Json::Object(input.clone())).await?;
            all.extend(doc::items(&answer, items));
            match next_page(&answer) {
                Some((member, token)) if input.get(member) != Some(&token) => input.insert(member.into(), token),
                _ => return Ok(all),
            };
        }
    }

    /// Everything a listing gives, by id; listed once.
    ///
    /// # Errors
    /// The listing failed.
    pub async fn sweep(&self, sweep: &'static Sweep) -> Result<Arc<HashMap<String, Arc<Json>>>, ApiError> {
        let cell = locked(&self.sweeps).entry(sweep.op.to_owned()).or_default().clone();
        let list = || async {
            let items = self.pages(sweep.service, sweep.op, sweep.items, Map::new()).await?;
            Ok::<_, ApiError>(Arc::new(by_key(items, sweep.key)))
        };
        cell.get_or_try_init(list).await.cloned()
    }

    /// All pages of a listing with this input.
    ///
    /// # Errors
    /// The listing failed.
    pub async fn list(&self, service: &str, op: &str, items: &str, input: Json) -> Result<Vec<Json>, ApiError> {
        let Json::Object(input) = input else { return Ok(Vec::new()) };
        self.pages(service, op, items, input).await
    }

    /// The answer to a read that several may want; asked once.
    ///
    /// # Errors
    /// The call failed.
    pub async fn once(&self, service: &str, op: &str, input: Json) -> Result<Arc<Json>, ApiError> {
        let key = format!("{service}:{op}:{input}");
        let cell = locked(&self.answers).entry(key).or_default().clone();
        let ask = || async { self.api.call(service, op, input).await.map(Arc::new) };
        cell.get_or_try_init(ask).await.cloned()
    }
}

fn with(many: &Many) -> Map<String, Json> {
    let value = |v: &str| if v == "true" { json!(true) } else { json!(v) };
    many.with.iter().map(|(member, v)| ((*member).to_owned(), value(v))).collect()
}

fn by_key(items: Vec<Json>, key: &str) -> HashMap<String, Arc<Json>> {
    items.into_iter().map(|item| (doc::text(&item, key), Arc::new(item))).collect()
}

/// The input member and the token of the next page: `NextToken` in EC2, `nextToken` in newer services, `Marker` in IAM
/// and RDS, which KMS and EFS call `NextMarker` in answers. EFS repeats the marker that it was given, also on the last
/// page: a token that was sent already leads nowhere.
pub fn next_page(answer: &Json) -> Option<(&'static str, Json)> {
    for (member, input) in
        [("NextToken", "NextToken"), ("nextToken", "nextToken"), ("NextMarker", "Marker"), ("Marker", "Marker")]
    {
        if let Some(token) = answer.get(member).filter(|t| t.as_str().is_some_and(|t| !t.is_empty())) {
            return Some((input, token.clone()));
        }
    }
    None
}

/// Codes that say that an object is not there, in all services' ways.
pub fn is_not_found(e: &ApiError) -> bool {
    e.code().is_some_and(|c| c.ends_with(".NotFound") || c.ends_with("NotFoundException") || c.ends_with("NotFound"))
        || e.is(&["NoSuchEntity", "NatGatewayNotFound", "InvalidAllocationID.NotFound", "NoSuchBucket"])
        || e.is(&["InvalidPlacementGroup.Unknown"])
}
