//! Calls to AWS, a few at a time.

use std::sync::Arc;

use craton_aws_api::{ApiError, Client};
use serde_json::Value as Json;
use tokio::sync::Semaphore;

/// As many requests as may be under way at once: EC2 throttles bursts above some tens
/// (<https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html>).
const AT_ONCE: usize = 24;

/// A client that many tasks share.
#[derive(Clone)]
pub struct Api {
    client: Client,
    slots: Arc<Semaphore>,
}

impl Api {
    /// Calls through this client.
    pub fn new(client: Client) -> Self {
        Self { client, slots: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// One call.
    ///
    /// # Errors
    /// AWS refused or could not be asked.
    pub async fn call(&self, service: &str, op: &str, input: Json) -> Result<Json, ApiError> {
        let _slot = self.slots.acquire().await;
        self.client.call(service, op, input).await
    }

    /// One call in another region.
    ///
    /// # Errors
    /// AWS refused or could not be asked.
    pub async fn call_in(&self, region: &str, service: &str, op: &str, input: Json) -> Result<Json, ApiError> {
        let _slot = self.slots.acquire().await;
        self.client.call_in(region, service, op, input).await
    }

    /// One call of STS without arguments, in the region that the provider block names for STS.
    ///
    /// # Errors
    /// AWS refused or could not be asked.
    pub async fn call_sts(&self, op: &str) -> Result<Json, ApiError> {
        let _slot = self.slots.acquire().await;
        let region = self.client.sts_region().await?;
        self.client.call_in(&region, "sts", op, serde_json::json!({})).await
    }
}
