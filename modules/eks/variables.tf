# Names are those of the public terraform-aws-modules/eks module (version 20) where it has the input too.

variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
  nullable    = false
}

variable "cluster_version" {
  description = "Version of Kubernetes, such as 1.32. Without one, the newest that EKS gives when the cluster is made."
  type        = string
  default     = null
}

variable "cluster_upgrade_policy" {
  description = "What happens when the version's standard support ends: STANDARD has EKS upgrade it, EXTENDED costs more."
  type        = object({ support_type = string })
  default     = null
}

variable "cluster_enabled_log_types" {
  description = "Logs of the control plane that are kept: api, audit, authenticator, controllerManager, scheduler."
  type        = list(string)
  default     = ["api", "audit", "authenticator"]
  nullable    = false
}

variable "authentication_mode" {
  description = "Where EKS looks up who may call the Kubernetes API: API (access entries), CONFIG_MAP or both."
  type        = string
  default     = "API_AND_CONFIG_MAP"
  nullable    = false
}

variable "enable_cluster_creator_admin_permissions" {
  description = "Make whoever creates the cluster its administrator. It counts at creation; changing it replaces the cluster."
  type        = bool
  default     = false
  nullable    = false
}

variable "bootstrap_self_managed_addons" {
  description = "Have EKS install vpc-cni, coredns and kube-proxy itself, outside of cluster_addons. It counts at creation; changing it replaces the cluster."
  type        = bool
  default     = false
  nullable    = false
}

variable "vpc_id" {
  description = "Id of the VPC."
  type        = string
  nullable    = false
}

variable "subnet_ids" {
  description = "Ids of the subnets of the nodes, and of the control plane where it has none of its own."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "control_plane_subnet_ids" {
  description = "Ids of the subnets of the control plane's network interfaces."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "cluster_service_ipv4_cidr" {
  description = "Range of the addresses of services. Without one, EKS takes one that the VPC does not use. Cannot be changed later."
  type        = string
  default     = null
}

variable "cluster_endpoint_private_access" {
  description = "Answer the Kubernetes API inside the VPC."
  type        = bool
  default     = true
  nullable    = false
}

variable "cluster_endpoint_public_access" {
  description = "Answer the Kubernetes API from the internet."
  type        = bool
  default     = false
  nullable    = false
}

variable "cluster_endpoint_public_access_cidrs" {
  description = "From where the Kubernetes API is answered, if it is answered from the internet."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = !var.cluster_endpoint_public_access || length(var.cluster_endpoint_public_access_cidrs) > 0
    error_message = "A public endpoint needs cluster_endpoint_public_access_cidrs: EKS would let in the whole internet without them."
  }
}

variable "cluster_encryption_config" {
  description = "The key that the cluster's secrets are encrypted with, and what it is for. Null leaves them to AWS's own key."
  type = object({
    provider_key_arn = string
    resources        = optional(list(string), ["secrets"])
  })
  default = null
}

variable "attach_cluster_encryption_policy" {
  description = "Let the control plane's role use that key. The key's own policy must allow it too."
  type        = bool
  default     = true
  nullable    = false
}

variable "create_cloudwatch_log_group" {
  description = "Make the group of the control plane's logs. Without it EKS makes one that keeps them for ever."
  type        = bool
  default     = true
  nullable    = false
}

variable "cloudwatch_log_group_retention_in_days" {
  description = "Days that the control plane's logs are kept."
  type        = number
  default     = 90
  nullable    = false
}

variable "cloudwatch_log_group_kms_key_id" {
  description = "ARN of the key that the control plane's logs are encrypted with."
  type        = string
  default     = null
}

variable "cloudwatch_log_group_class" {
  description = "STANDARD or INFREQUENT_ACCESS."
  type        = string
  default     = null
}

variable "cloudwatch_log_group_tags" {
  description = "Further tags of the log group."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "create_iam_role" {
  description = "Make the control plane's role."
  type        = bool
  default     = true
  nullable    = false
}

variable "iam_role_arn" {
  description = "ARN of the control plane's role, where it is not made here."
  type        = string
  default     = null

  validation {
    condition     = var.create_iam_role || var.iam_role_arn != null
    error_message = "iam_role_arn is needed when create_iam_role is false."
  }
}

variable "iam_role_name" {
  description = "Name of the control plane's role. Without one, that of the cluster with -cluster behind it."
  type        = string
  default     = null
}

variable "iam_role_use_name_prefix" {
  description = "Have AWS add to the role's name, so that it is free in any case."
  type        = bool
  default     = true
  nullable    = false
}

variable "iam_role_path" {
  description = "Path of the control plane's role."
  type        = string
  default     = null
}

variable "iam_role_permissions_boundary" {
  description = "ARN of the policy that bounds what the control plane's role can ever do."
  type        = string
  default     = null
}

variable "iam_role_additional_policies" {
  description = "ARNs of further policies of the control plane's role, by names of your own."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "cluster_additional_security_group_ids" {
  description = "Ids of further security groups of the control plane."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "cluster_security_group_additional_rules" {
  description = "Further rules of the control plane's security group: the arguments of aws_security_group_rule, and source_node_security_group = true."
  type        = any
  default     = {}
  nullable    = false
}

variable "cluster_security_group_tags" {
  description = "Further tags of the control plane's security group."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "create_cluster_primary_security_group_tags" {
  description = "Put the tags on the security group that EKS makes with the cluster."
  type        = bool
  default     = true
  nullable    = false
}

variable "node_security_group_enable_recommended_rules" {
  description = "Let nodes talk to each other on unprivileged ports, the control plane to webhooks, and nodes to anywhere."
  type        = bool
  default     = true
  nullable    = false
}

variable "node_security_group_additional_rules" {
  description = "Further rules of the nodes' security group: the arguments of aws_security_group_rule, and source_cluster_security_group = true."
  type        = any
  default     = {}
  nullable    = false
}

variable "node_security_group_tags" {
  description = "Further tags of the nodes' security group."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "enable_irsa" {
  description = "Make the provider through which IAM believes the tokens of the cluster's service accounts."
  type        = bool
  default     = true
  nullable    = false
}

variable "openid_connect_audiences" {
  description = "Further audiences of the tokens, beside sts.amazonaws.com."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "cluster_addons" {
  description = "Add-ons of the cluster, by their names. before_compute: nodes need it to get ready."
  type = map(object({
    name                        = optional(string)
    addon_version               = optional(string)
    before_compute              = optional(bool, false)
    configuration_values        = optional(string)
    service_account_role_arn    = optional(string)
    preserve                    = optional(bool, false)
    resolve_conflicts_on_create = optional(string, "NONE")
    resolve_conflicts_on_update = optional(string, "OVERWRITE")
    tags                        = optional(map(string), {})
  }))
  default  = {}
  nullable = false
}

variable "access_entries" {
  description = "Who may call the Kubernetes API, by names of your own, with the access policies of each."
  type = map(object({
    principal_arn     = string
    type              = optional(string, "STANDARD")
    kubernetes_groups = optional(list(string))
    user_name         = optional(string)
    tags              = optional(map(string), {})
    policy_associations = optional(map(object({
      policy_arn = string
      access_scope = object({
        type       = string
        namespaces = optional(list(string))
      })
    })), {})
  }))
  default  = {}
  nullable = false
}

variable "eks_managed_node_groups" {
  description = "Groups of nodes, by their names."
  type = map(object({
    min_size     = optional(number, 1)
    max_size     = optional(number, 3)
    desired_size = optional(number, 1)

    instance_types = optional(list(string), ["t3.medium"])
    ami_type       = optional(string, "AL2023_x86_64_STANDARD")
    # Without one, the newest when the group is made.
    ami_release_version  = optional(string)
    capacity_type        = optional(string, "ON_DEMAND")
    cluster_version      = optional(string)
    force_update_version = optional(bool)

    # Without any, those of the cluster.
    subnet_ids             = optional(list(string), [])
    vpc_security_group_ids = optional(list(string), [])

    # GiB, always encrypted: with the key, or AWS's own for EBS.
    disk_size        = optional(number, 50)
    disk_kms_key_arn = optional(string)
    root_device_name = optional(string, "/dev/xvda")

    enable_monitoring = optional(bool, true)
    metadata_options = optional(object({
      http_tokens                 = optional(string, "required")
      http_put_response_hop_limit = optional(number, 1)
    }), {})

    update_config = optional(object({ max_unavailable_percentage = optional(number, 33) }), {})

    labels = optional(map(string), {})
    taints = optional(map(object({
      key    = string
      value  = optional(string)
      effect = string
    })), {})

    iam_role_additional_policies  = optional(map(string), {})
    iam_role_permissions_boundary = optional(string)

    tags = optional(map(string), {})
  }))
  default  = {}
  nullable = false
}

variable "cluster_timeouts" {
  description = "How long the cluster may take."
  type = object({
    create = optional(string)
    update = optional(string)
    delete = optional(string)
  })
  default  = {}
  nullable = false
}

variable "cluster_tags" {
  description = "Further tags of the cluster."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "tags" {
  description = "Tags of everything that is made."
  type        = map(string)
  default     = {}
  nullable    = false
}
