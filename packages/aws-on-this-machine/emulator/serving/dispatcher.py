"""Passes requests on to moto's services."""

from moto.moto_server.werkzeug_app import DomainDispatcherApplication


class Dispatcher(DomainDispatcherApplication):
    """moto's own, but for a service that moto lacks it raises NotImplementedError.

    moto's own fails there with an AttributeError that names no service.
    """

    def get_backend_for_host(self, host):
        backend = super().get_backend_for_host(host)
        if host and not backend:
            raise NotImplementedError(host)
        return backend
