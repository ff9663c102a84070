"""What is read: one file a read model, with its projection and its queries; its table is made by a migration."""
