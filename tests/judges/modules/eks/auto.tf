# A cluster that runs its own nodes, and none.
module "eks" {
  source = "./module"

  cluster_name                             = "auto"
  cluster_version                          = "1.31"
  cluster_endpoint_public_access           = true
  enable_cluster_creator_admin_permissions = true
  cluster_compute_config = {
    enabled    = true
    node_pools = ["general-purpose"]
  }

  vpc_id     = aws_vpc.this.id
  subnet_ids = aws_subnet.this[*].id
}

module "none" {
  source = "./module"

  create = false
}

output "cluster" {
  # Without what holds resources as they are: the AWS provider reads empty maps there which it made as null, and Terraform calls
  # that a change of the output, also after its own apply.
  value = {
    for name, value in module.eks : name => value
    if !contains(["access_entries", "cluster_addons", "eks_managed_node_groups", "fargate_profiles", "self_managed_node_groups"], name)
  }
}
