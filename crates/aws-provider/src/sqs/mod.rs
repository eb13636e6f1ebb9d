//! SQS.

mod queue;
mod queue_policy;

use crate::decl::{Resource, Service};

/// Every resource type here.
pub static ALL: &[&Resource] = &[&queue::QUEUE, &queue_policy::QUEUE_POLICY];

/// The service.
pub static SQS: Service = Service { id: "sqs", faults: &[("InvalidAttributeName", "fifo_queue")] };

/// What says that a queue is gone.
const GONE: &[&str] = &["AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"];
