"use strict";

const place = document.getElementById("reference");

// The document names the public address of the API; what is tried here goes to the server of this page.
function stayHere(request) {
  if (request.url.startsWith(place.dataset.base)) {
    request.url = window.location.origin + request.url.slice(place.dataset.base.length);
  }
  return request;
}

window.SwaggerUIBundle({
  domNode: place,
  url: place.dataset.description,
  requestInterceptor: stayHere,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  tryItOutEnabled: true,
  // The validator is another's server.
  validatorUrl: null,
});
