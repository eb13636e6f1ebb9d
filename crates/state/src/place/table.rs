//! The lock table: one item for each lock, one for each state's digest, both by `LockID`
//! (<https://developer.hashicorp.com/terraform/language/backend/s3>).

use craton_model::{Diagnostic, Diagnostics};
use serde_json::{Value as Json, json};

use super::{BETWEEN, Difference, LOOKS, Place};

impl Place {
    async fn table_call(&self, what: &str, operation: &str, mut input: Json) -> Result<Json, Diagnostics> {
        let name = self.table_name().unwrap_or_default();
        input["TableName"] = json!(name);
        let answer = self.client.call("dynamodb", operation, input).await;
        answer.map_err(|e| self.failed(&format!("{what} the lock table {name}"), e))
    }

    async fn describe(&self) -> Result<Option<Json>, Diagnostics> {
        let name = self.table_name().unwrap_or_default();
        match self.client.call("dynamodb", "DescribeTable", json!({"TableName": name})).await {
            Ok(answer) => Ok(Some(answer["Table"].clone())),
            Err(e) if e.is(&["ResourceNotFoundException"]) => Ok(None),
            Err(e) => Err(self.failed(&format!("look for the lock table {name}"), e)),
        }
    }

    /// `ACTIVE`, `CREATING`, ...; `None` where there is no table.
    pub(super) async fn table_status(&self) -> Result<Option<String>, Diagnostics> {
        let table = self.describe().await?;
        Ok(table.and_then(|t| Some(t["TableStatus"].as_str()?.to_owned())))
    }

    pub(super) async fn table_active(&self) -> Result<(), Diagnostics> {
        for _ in 0..LOOKS {
            if self.table_status().await?.as_deref() == Some("ACTIVE") {
                return Ok(());
            }
            self.client.pause(BETWEEN).await;
        }
        let name = self.table_name().unwrap_or_default();
        let detail = format!("The lock table {name} does not become active. Look at it in the console, or try again.");
        Err(Diagnostic::error("Lock table is not ready", detail).into())
    }

    pub(super) async fn make_table(&self) -> Result<(), Diagnostics> {
        let Some(table) = &self.table else { return Ok(()) };
        let mut input = json!({
            "TableName": table.name,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "LockID", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "LockID", "KeyType": "HASH"}],
        });
        if !table.tags.is_empty() {
            input["Tags"] = table.tags.iter().map(|(k, v)| json!({"Key": k, "Value": v})).collect();
        }
        if table.encrypted {
            input["SSESpecification"] = json!({"Enabled": true});
        }
        match self.client.call("dynamodb", "CreateTable", input).await {
            Ok(_) => {}
            // Another unit was faster.
            Err(e) if e.is(&["ResourceInUseException"]) => {}
            Err(e) => return Err(self.failed(&format!("make the lock table {}", table.name), e)),
        }
        self.table_active().await
    }

    pub(super) async fn table_difference(&self) -> Result<Option<Difference>, Diagnostics> {
        if !self.table.as_ref().is_some_and(|t| t.encrypted) {
            return Ok(None);
        }
        let table = self.describe().await?.unwrap_or_default();
        let status = table["SSEDescription"]["Status"].as_str().unwrap_or_default();
        Ok((!matches!(status, "ENABLED" | "ENABLING" | "UPDATING")).then_some(Difference::TableEncryption))
    }

    pub(super) async fn encrypt_table(&self) -> Result<(), Diagnostics> {
        self.table_active().await?;
        self.table_call("encrypt", "UpdateTable", json!({"SSESpecification": {"Enabled": true}})).await?;
        self.table_active().await
    }

    /// Deletes the lock table with all that is in it; gives whether there was one.
    pub async fn delete_table(&self) -> Result<bool, Diagnostics> {
        if self.table.is_none() || self.describe().await?.is_none() {
            return Ok(false);
        }
        self.table_active().await?;
        self.table_call("delete", "DeleteTable", json!({})).await?;
        for _ in 0..LOOKS {
            if self.describe().await?.is_none() {
                return Ok(true);
            }
            self.client.pause(BETWEEN).await;
        }
        let detail =
            format!("The lock table {} was deleted, but is still there.", self.table_name().unwrap_or_default());
        Err(Diagnostic::error("Lock table does not go away", detail).into())
    }
}
