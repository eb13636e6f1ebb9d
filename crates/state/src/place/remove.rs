//! A bucket emptied and deleted.

use craton_model::{Diagnostic, Diagnostics};
use serde_json::{Value as Json, json};

use super::Place;

impl Place {
    /// The keys of the objects that the bucket holds now, locks left out; `None` where there is no bucket.
    pub async fn keys(&self) -> Result<Option<Vec<String>>, Diagnostics> {
        let bucket = &self.bucket.bucket;
        let mut keys = Vec::new();
        let mut input = json!({"Bucket": bucket});
        loop {
            let page = match self.client.call("s3", "ListObjectsV2", input.clone()).await {
                Ok(page) => page,
                Err(e) if e.is(&["NoSuchBucket"]) => return Ok(None),
                Err(e) => return Err(self.failed(&format!("list the bucket {bucket}"), e)),
            };
            let objects = page["Contents"].as_array().map(Vec::as_slice).unwrap_or_default();
            let names = objects.iter().filter_map(|o| o["Key"].as_str());
            keys.extend(names.filter(|k| !k.ends_with(".tflock")).map(ToOwned::to_owned));
            let token = page["NextContinuationToken"].clone();
            if token.is_null() {
                return Ok(Some(keys));
            }
            input["ContinuationToken"] = token;
        }
    }

    /// Deletes the bucket with every version of every object in it; gives whether there was one.
    pub async fn delete_bucket(&self) -> Result<bool, Diagnostics> {
        let bucket = &self.bucket.bucket;
        if !self.exists(bucket).await? {
            return Ok(false);
        }
        let what = format!("empty the bucket {bucket}");
        loop {
            let page = self.client.call("s3", "ListObjectVersions", json!({"Bucket": bucket})).await;
            let page = page.map_err(|e| self.failed(&what, e))?;
            let all = ["Versions", "DeleteMarkers"].into_iter().filter_map(|m| page[m].as_array()).flatten();
            let all: Vec<Json> = all.map(|v| json!({"Key": v["Key"], "VersionId": v["VersionId"]})).collect();
            if all.is_empty() {
                break;
            }
            for some in all.chunks(1000) {
                let input = json!({"Bucket": bucket, "Delete": {"Objects": some, "Quiet": true}});
                let answer = self.client.call("s3", "DeleteObjects", input).await;
                let answer = answer.map_err(|e| self.failed(&what, e))?;
                if let Some(first) = answer["Errors"].as_array().and_then(|e| e.first()) {
                    let text = |member: &str| first[member].as_str().unwrap_or_default();
                    let detail = format!(
                        "Cannot {what}: {} was not deleted ({}: {}). What is left is still there.",
                        text("Key"),
                        text("Code"),
                        text("Message")
                    );
                    return Err(Diagnostic::error("Objects cannot be deleted", detail).into());
                }
            }
        }
        let gone = self.client.call("s3", "DeleteBucket", json!({"Bucket": bucket})).await;
        gone.map_err(|e| self.failed(&format!("delete the bucket {bucket}"), e))?;
        Ok(true)
    }
}
