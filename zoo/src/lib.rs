//! The bundled networks and images.
