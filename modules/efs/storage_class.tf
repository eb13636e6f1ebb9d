# How Kubernetes gets volumes on the file system: one access point for each, made and kept by the EFS CSI driver.
# https://github.com/kubernetes-sigs/aws-efs-csi-driver/blob/master/docs/README.md#storage-class-parameters-for-dynamic-provisioning

locals {
  storage_class_manifest = yamlencode({
    apiVersion = "storage.k8s.io/v1"
    kind       = "StorageClass"

    metadata = {
      name        = var.storage_class.name
      annotations = { "storageclass.kubernetes.io/is-default-class" = tostring(var.storage_class.is_default) }
    }

    provisioner       = "efs.csi.aws.com"
    reclaimPolicy     = var.storage_class.reclaim_policy
    volumeBindingMode = var.storage_class.volume_binding_mode

    # The file system's policy refuses whoever comes without it.
    mountOptions = ["tls"]

    parameters = {
      provisioningMode = "efs-ap"
      fileSystemId     = aws_efs_file_system.this.id
      directoryPerms   = var.storage_class.directory_permissions
      basePath         = var.storage_class.base_path
    }
  })
}

# Written whenever the manifest changes. Where the file is missing, on another machine say, there is nothing to
# apply for it: the output of the same name holds it too.
resource "terraform_data" "storage_class" {
  count = var.storage_class_file == null ? 0 : 1

  triggers_replace = [local.storage_class_manifest]

  provisioner "local-exec" {
    command     = "mkdir -p \"$(dirname \"$FILE\")\" && printf '%s' \"$MANIFEST\" > \"$FILE\""
    interpreter = ["/bin/sh", "-c"]

    environment = {
      FILE     = var.storage_class_file
      MANIFEST = local.storage_class_manifest
    }
  }
}
