# Todos los textos de las páginas, español. Las mismas claves con las mismas variables están en
# en.ftl.

## Marco

skip-to-content = Ir al contenido
menu-label = Secciones
signed-in-as = Sesión de
sign-out = Cerrar sesión
footer-logged = Lo que usted consulta y entrega queda asentado en el registro.
place-search = Buscar
place-releases = Entregas
place-agreements = Convenios
place-oversight = Supervisión
tone-done = Hecho
tone-note = Aviso
tone-fault = Problema

keys-title = Teclas
keys-search = Ir al cuadro de búsqueda
keys-this = Mostrar estas teclas
keys-close = Cerrar
keys-close-button = Cerrar
keys-on = Teclas activadas
pages-label = Páginas
pages-previous = Anterior
pages-next = Siguiente
pages-here = Página { $page }

## Marcación

marking-band-top = Marcación de esta página, parte superior
marking-band-bottom = Marcación de esta página, parte inferior
marking-highest = marcación más estricta de esta página
marking-nothing = Esta página no contiene datos de casos
marking-absent = SIN TLP
marking-unknown = MARCACIÓN DESCONOCIDA
marking-not-for-targeting = Prohibido su uso para designar objetivos

handling-H0 = H0: solo para prevenir y combatir el delito
handling-H1 = H1: no se usa en juicio sin autorización de quien originó el dato
handling-H2 = H2: no admite transmisión ulterior sin autorización de quien originó el dato
handling-H3 = H3: otras restricciones, véase el texto

caveat-source-identity = Identifica a una fuente

## Inicio de sesión

login-title = Iniciar sesión
login-account = Cuenta
login-password = Contraseña
login-button = Ingresar
login-help = ¿No tiene cuenta o perdió la contraseña? Su administrador le genera un nuevo enlace de un solo uso.
login-wrong = La cuenta y la contraseña no coinciden. Revíselas e intente de nuevo.
login-wait = Demasiados intentos. Espere un minuto e intente de nuevo.
login-link-spent = Este enlace ya se usó o caducó. Pida uno nuevo a su administrador.
login-session-over = Su sesión terminó. Ingrese para continuar donde estaba.
login-link-title = Enlace de un solo uso
login-link-words = Con este enlace usted ingresa una sola vez. Abrir esta página no lo consume; el botón sí.
login-link-button = Ingresar con este enlace
login-link-help = Si no esperaba este enlace, cierre la página y avise a su administrador.

## Búsqueda

search-title = Buscar
search-title-of = { $query }: búsqueda
search-box-label = Buscar en toda la información disponible
search-box-hint = Nombre, número de serie, cuenta, contenedor, teléfono o id STIX
search-button = Buscar
search-first-title = Un solo cuadro para toda la información de su institución y la que le entregaron sus contrapartes
search-first-name = Un nombre, completo o en parte: las tildes y mayúsculas no importan.
search-first-number = Un número tal como está escrito: número de serie de arma, cuenta, contenedor, teléfono.
search-first-id = Un id STIX, para un objeto determinado.
search-first-log = Cada búsqueda de información queda asentada en el registro con su cuenta.
search-none-title = No hay información que coincida con «{ $query }»
search-none-fewer = Pruebe con menos palabras, o solo con la menos común.
search-none-spelling = Pruebe con otra grafía, o el número sin espacios ni guiones.
search-none-type = Si eligió un tipo, elija todos los tipos.
search-count = { $count ->
    [one] resultado
   *[other] resultados
}
search-newest = ordenados entre los 10.000 más recientes
search-results = Resultados
search-by-type = Limitar a un tipo
search-all-types = Todos los tipos

## Columnas

column-object = Objeto
column-type = Tipo
column-marking = Marcación
column-source = Origen
column-received = Recibido
column-property = Dato
column-value = Valor
column-direction = Sentido
column-as = Como
column-verdict = Decisión
column-release = Entrega
column-to = Destinatario
column-purpose = Finalidad
column-objects = Objetos
column-made = Creada
column-receipt = Acuse de recibo
column-when = Fecha
column-what = Qué salió
column-under = En virtud de
column-approved = Aprobada por
column-proof = Prueba
column-partner = Contraparte
column-half = Escrito por
column-leaves = Asientos
column-root = Hash raíz
column-signed = Firmado por

## Objeto

object-facts = Datos
object-measures = Retirar, retener, proteger
object-links = Vínculos
object-no-links = No hay vínculos con otros objetos disponibles.
object-links-beyond = { $count ->
    [one] Hay { $count } vínculo más que no consta en esta lista.
   *[other] Hay { $count } vínculos más que no constan en esta lista.
}
object-revoked-words = Quien originó este objeto lo revocó. Se conserva para mostrar lo que se sabía; no se base en él.
object-recalled-words = Quien originó este objeto lo retiró. Su contenido se eliminó de este nodo; el registro conserva que estuvo aquí.
object-restricted-words = Quien originó este objeto lo retiró, o su plazo de conservación terminó. Se guarda solo por una retención legal: nadie lo encuentra, nada de él sale, y esta consulta queda en el registro.
object-corrected-words = Quien originó este objeto lo rectificó. Las versiones anteriores se eliminaron de este nodo.
object-ended-words = Terminó el plazo durante el cual este nodo puede conservar el objeto. Su contenido se eliminó; el registro conserva que estuvo aquí.
link-out = menciona a
link-in = mencionado en
link-not-held = no disponible aquí
state-revoked = Revocado
state-recalled = Retirado
state-restricted = Restringido
state-corrected = Rectificado
state-ended = Fin del plazo de conservación
origin-title = Procedencia
origin-from = De
origin-source = Fuente
origin-own = Propio
versions-title = Versiones
version-shown = en esta página
holders-title = Quién lo tiene
holders-nobody = Ninguna contraparte. No se ha entregado nada de este objeto.
holders-released = Entregado
receipt-not-sent = Sin enviar
receipt-awaited = Aún sin acuse de recibo
receipt-signed = Acuse de recibo firmado
recall-unanswered = sin respuesta aún; el nodo de la contraparte lo lee en su próxima sincronización
recall-purged = la contraparte declara: eliminado
recall-restricted = la contraparte declara: conservado con restricción ({ $ground })
action-release = Entregar…
action-release-words = Primero un ensayo: usted ve lo que vería la contraparte. Todavía no sale nada.
action-recall = Retirar…
action-recall-words = Se pide a { $partner } que elimine este objeto y todo lo derivado de él: su nodo lo lee en su próxima sincronización. Basta una persona; no se requiere aprobación.
action-recall-confirm = Retirar ahora

## Entrega

release-title = Entrega
release-title-to = Entrega a { $partner }
release-agreement = Convenio
release-purpose = Finalidad
release-show = Mostrar lo que vería
release-choose = Elija un convenio y una finalidad para ver lo que vería la contraparte. Mirar no entrega nada.
release-empty = No hay nada que entregar: no se eligió ningún objeto. Abra un objeto y elija «Entregar…».
release-summary = Resumen
release-objects = Objetos
release-fields = Datos
release-index = Lista de objetos
release-own-ids = { $partner } recibe cada objeto con un id propio; los ids, fechas y fuentes de ustedes se quedan aquí.
release-picked = elegido por usted
release-through = mencionado en
release-through-other = vino con lo elegido
release-show-held = Mostrar lo que tenemos
release-show-lines = Líneas:
release-held = Lo que tenemos
release-held-then = Lo que teníamos
release-seen = Lo que verá { $partner }
release-left = Lo que salió hacia { $partner }
release-why = Por qué
release-not-held = no consta; se agrega para esta entrega
release-nothing = nada
release-blank = vacío
release-gone = ya no se muestra: borrado, retirado, oculto para usted o entregado como archivo a una persona
release-decide = Decidir
release-counts = { $partner } verá { $going ->
    [one] { $going } objeto
   *[other] { $going } objetos
}; { $staying ->
    [one] { $staying } objeto se queda
   *[other] { $staying } objetos se quedan
} aquí.

act-submit = Enviar a aprobación
act-approve = Aprobar
act-refuse = Rechazar
act-send-slot = Enviar en la próxima franja
act-send = Enviar ahora
act-discard = Descartar borrador

stage-preview = Ensayo, no se guarda
stage-draft = Borrador
stage-submitted = Espera aprobación; presentada por
stage-approved = Aprobada, sin enviar; aprobada por
stage-scheduled = Aprobada, sale a la hora indicada; aprobada por
stage-sent = Entregada por
stage-recalled = Retirada por
stage-refused = Rechazada por

verdict-kept = Se entrega
verdict-changed = Se modifica
verdict-withheld = Se reserva

mask-keep = tal cual
mask-parts = en parte
mask-year = solo el año
mask-province = solo provincia y país
mask-country = solo el país
mask-initials = solo las iniciales
mask-band = solo el orden de magnitud
mask-drop = se omite

said-signed-out = Su sesión está cerrada.
said-submitted = La entrega espera aprobación. Todavía no ha salido nada.
said-approved = La entrega está aprobada. Sale cuando se envía.
said-refused = La entrega fue rechazada. No ha salido nada.
said-sent = La entrega está en la colección de la contraparte y asentada en el registro.
said-discarded = El borrador fue descartado.
said-recalled = Retirado aquí. El nodo de la contraparte lo lee en su próxima sincronización; aquí se mostrará su respuesta.

## Entregas

releases-title = Entregas
releases-none-title = Todavía no hay entregas
releases-none = Busque lo que desea compartir, ábralo y elija «Entregar…».
releases-submitted = En espera de aprobación
releases-approved = Aprobadas, por enviar
releases-drafts = Borradores
releases-sent = Entregadas
releases-recalled = Retiradas
releases-refused = Rechazadas
releases-counts = { $going ->
    [one] { $going } objeto sale
   *[other] { $going } objetos salen
}, { $staying ->
    [one] { $staying } se queda
   *[other] { $staying } se quedan
}
releases-recalled-count = { $count ->
    [one] { $count } retirado
   *[other] { $count } retirados
}
releases-beyond = { $count ->
    [one] Hay { $count } entrega anterior que no consta en esta lista.
   *[other] Hay { $count } entregas anteriores que no constan en esta lista.
}

## Supervisión

oversight-title = Supervisión
oversight-words = Qué salió de este nodo, a quién, en virtud de qué cláusula, qué se reservó, quién lo aprobó, y la prueba.
oversight-filter = Todo lo compartido sobre una persona u objeto
oversight-filter-hint = Nombre o id STIX
oversight-filter-button = Mostrar
oversight-all = Mostrar todo
oversight-disclosures = Qué salió
oversight-none = Todavía no ha salido nada de este nodo.
oversight-none-about = No ha salido nada de este nodo sobre «{ $query }».
oversight-requested = Solicitada por
oversight-leaf = asiento { $leaf }
oversight-more-objects = { $count ->
    [one] y { $count } más
   *[other] y { $count } más
}
channels-title = Registros compartidos con contrapartes
channels-words = Ambas partes guardan copia de cada registro y lo firman en cada intercambio. Una copia alterada deja de coincidir con las firmas.
channels-none = Todavía no hay contrapartes ni, por tanto, registros compartidos.
channel-ours = nosotros
channel-theirs = la contraparte
channel-agreed = Ambas copias coinciden
channel-waiting = Falta la firma de la contraparte
channel-conflict = Las copias se contradicen
signatures-none = nadie todavía
signature-holds = firma válida
signature-fails = firma no válida
signature-key = clave
log-title = Registro de este nodo
log-origin = Nombre del registro
log-checkpoint = Punto de control
verify-title = Compruébelo usted mismo
verify-words = El registro se puede copiar y comprobar en cualquier equipo, sin este nodo:
verify-fails = Una copia con un solo byte alterado no pasa la comprobación, que señala el lugar.

proof-page-title = Entrega a { $partner }: prueba
proof-summary = La entrega
proof-legal-basis = Base jurídica
proof-agreement-hash = Convenio firmado (SHA-256)
proof-events = Qué siguió
proof-objects = Objetos
proof-twin = en la contraparte:
proof-fields = { $count ->
    [one] { $count } dato modificado o reservado
   *[other] { $count } datos modificados o reservados
}
proof-title = Prueba en el registro de este nodo
proof-channel-title = Prueba en el registro compartido con la contraparte
proof-holds = Comprobado ahora mismo: la prueba es válida
proof-fails = Comprobado ahora mismo: la prueba no es válida
proof-leaf = Asiento
proof-path = Hashes hasta la raíz

event-account-created = Cuenta creada
event-agreement-signed = Convenio firmado
event-channel-root = Registro compartido anclado
event-collection = Objetos incorporados
event-consultation = Consultado
event-danger-notice = Aviso sobre una advertencia
event-danger-recalled = Advertencia retirada
event-danger-refused = Rechazada: un nombre en una advertencia
event-danger-review = Advertencia revisada
event-danger-seen = Advertencia vista
event-danger-to-life = Advertencia de peligro para la vida
event-disclosure = Entregada
event-erasure = Suprimido
event-link-created = Enlace de un solo uso creado
event-log-split = Los registros se contradicen
event-login = Ingreso
event-node-created = Nodo creado
event-store-moved = Almacén trasladado a otra base de datos
event-partner-added = Contraparte incorporada
event-partner-revoked = Contraparte revocada
event-partner-token = Token para una contraparte creado
event-plain-added = Una herramienta añadió objetos
event-plain-created = Colección creada
event-plain-deleted = Una herramienta borró un objeto
event-plain-granted = Derecho a una colección fijado
event-plain-read = Una herramienta leyó objetos
event-recall = Retirada
event-recall-answer = Respuesta al retiro
event-receipt = Acuse de recibo firmado
event-received = Recibida
event-release-approved = Aprobada
event-release-drafted = Redactada
event-release-refused = Rechazada
event-release-sent = Entregada
event-release-submitted = Enviada a aprobación
event-token-created = Token creado

## Errores

error-not-found-title = No encontrado
error-not-found = Aquí no hay nada, o no es para su cuenta. Revise la dirección o busque lo que necesita.
error-forbidden-title = No corresponde a su función
error-forbidden = Su función no permite hacer esto. Pídalo a quien tenga la función, o a su administrador.
error-form-title = El formulario caducó
error-form = La página estuvo abierta demasiado tiempo o usted volvió a ingresar entretanto. No se cambió nada. Regrese, recargue la página e intente de nuevo.
error-conflict-title = Alguien se adelantó
error-conflict = Esto cambió entretanto o ya no está en el estado necesario. No se cambió nada. Regrese, recargue la página y revíselo.
error-internal-title = Falla nuestra
error-internal = Algo falló en el programa. No se entregó nada. Comunique a su administrador la referencia que consta abajo.
error-coded-title = No se pudo hacer
error-coded = No se pudo cumplir lo solicitado. No se cambió nada.
error-code = Código:
error-reference = Referencia:
error-back = Volver al inicio
error-danger-names = Las palabras nombran a una persona que consta aquí y no sale con el aviso. No se envió nada. Elija a quien se refiere, quite el nombre o llame.
error-danger-why = Diga por qué lo decide; queda aquí.
error-danger-text = Diga qué amenaza a quién, dónde y cuándo, en 4.000 caracteres como máximo.
error-danger-holds-id = Las palabras contienen el id de un objeto. No se envió nada.
error-node-sign-in = La cuenta y la contraseña no coinciden.
error-node-partner = No se pudo contactar a la contraparte o su respuesta no sirve. Intente más tarde; también se reintenta de forma automática.
error-node-partner-busy = La contraparte está ocupada y pide esperar. Inténtelo más tarde; también se reintenta por sí solo.
error-node-state = Esto no está en el estado que la acción necesita. Recargue la página y revíselo.
error-node-changed = Otra persona lo cambió entretanto. Recargue la página y revíselo.
error-stix-id-malformed = Esto no es un id STIX. Se espera: tipo--UUID.

## Cláusulas: por qué algo sale o se queda

clause-own-rule = norma propia
clause-not-active = Cláusula { $id }: el convenio no está en vigor.
clause-dates = Cláusula { $id }: válido solo desde { $from } hasta { $until }.
clause-recipient = Cláusula { $id }: esta unidad no figura entre los destinatarios.
clause-vetting = Cláusula { $id }: esta unidad no tiene aquí un registro de verificación vigente.
clause-purpose = Cláusula { $id }: la finalidad «{ $purpose }» no figura entre las acordadas.
clause-transfer = Cláusula { $id }: una transferencia por excepción necesita un motivo, y esta entrega no indica ninguno.
clause-assurances = Cláusula { $id }: con la finalidad «{ $purpose }» una persona sale solo por un delito para el que el destinatario dio seguridades.
clause-type = Cláusula { $id }: los objetos de tipo { $type } no pueden salir.
clause-type-permitted = La cláusula { $id } permite objetos de tipo { $type }.
clause-tlp-max = Cláusula { $id }: puede salir hasta TLP { $max }; este es { $found }.
clause-subject = Cláusula { $id }: no pueden salir personas de la categoría { $category }.
clause-evaluation = Cláusula { $id }: evaluado { $found } ({ $scheme }), por debajo de lo que puede salir.
clause-unevaluated = Cláusula { $id }: nadie lo ha evaluado por completo.
clause-age = Cláusula { $id }: tiene más de { $days } días.
clause-undated = Cláusula { $id }: no indica fecha, así que nadie sabe su antigüedad.
clause-handling = Cláusula { $id }: no pueden salir objetos con el código de tratamiento { $code }.
clause-caveat = Cláusula { $id }: no pueden salir objetos con la advertencia { $caveat }.
clause-pap = Cláusula { $id }: no pueden salir objetos marcados PAP:{ $found }.
clause-documents = Cláusula { $id }: los documentos no salen.
clause-documents-flattened = Cláusula { $id }: los documentos salen solo como copias aplanadas.
clause-document-copy = Cláusula { $id }: lo de la copia aplanada hecha para la entrega.
clause-document-metadata = Cláusula { $id }: describe el documento original, que no sale.
clause-ids-whole = Cláusula { $id }: este tipo sale entero con su propio identificador, o no sale.
clause-text-none = Cláusula { $id }: el texto libre no sale.
clause-tear-line = Cláusula { $id }: sustituido por el extracto escrito para la entrega.
clause-field-kept = La cláusula { $id } permite este dato.
clause-field-parts = La cláusula { $id } permite partes de este dato.
clause-field-changed = La cláusula { $id } permite este dato en forma reducida ({ $mask }).
clause-field-dropped = La cláusula { $id } retiene esta parte.
clause-identifier = Cláusula { $id }: no pueden salir identificadores del tipo «{ $kind }».
clause-stamped = Cláusula { $id }: la marcación hecha para esta contraparte, con sus códigos de tratamiento.
clause-retention-over = Cláusula { $id }: ha pasado el plazo durante el que el destinatario puede conservarlo.
clause-approval = Cláusula { $id }: { $rule ->
    [automatic] no hace falta aprobación.
    [one-officer] aprueba un funcionario.
   *[four-eyes] aprueba un funcionario distinto de quien la redactó.
}
clause-approval-when = Cláusula { $id }: por lo que contiene esta entrega, { $rule ->
    [automatic] no hace falta aprobación.
    [one-officer] aprueba un funcionario.
   *[four-eyes] aprueba un funcionario distinto de quien la redactó.
}
private-source-identity = Identifica a una fuente; eso nunca sale.
private-held-back = Un funcionario designado lo retiene.
private-unknown-marking = Lleva una marcación que esta versión no sabe leer.
private-conditions = Su marcación pone condiciones en palabras, que ninguna regla puede comprobar.
private-unknown-extension = Lleva una extensión que esta versión no conoce.
private-unmarked = No lleva marcación TLP: nadie ha dicho hasta dónde puede llegar.
private-third-agency = Proviene de otra institución, que no ha dado su consentimiento.
private-third-agency-whole = Proviene de otra institución: se transmite entero, o no se transmite.
private-tlp-red = TLP:RED va solo a personas designadas, nunca a una colección.
private-subject-unstated = Nadie ha indicado la categoría de esta persona.
private-releasable-to = Su marcación nombra a otros destinatarios.
private-marking-purpose = Su marcación no permite la finalidad «{ $purpose }».
private-retention-over = Ha llegado el día en que su marcación exige borrarlo.
private-review-overdue = Su marcación exigía una revisión, que está vencida.
private-revoked = Fue revocado.
private-recalled = Se retiró de esta contraparte; el retiro es definitivo.
private-type = Una regla de este nodo ({ $id }) lo prohíbe.
private-caveat = Una regla de este nodo ({ $id }) lo prohíbe por su advertencia.
private-category = Una regla de este nodo ({ $id }) lo prohíbe por la categoría de la persona.
private-rule = Una regla de este nodo ({ $id }) lo prohíbe.
default-deny = Ninguna cláusula lo permite.
default-error = No se pudieron aplicar las reglas, por lo que se queda.
default-internal = Pertenece a los registros propios de este nodo y nunca sale.
default-own-identity = La identidad de este nodo, que toda contraparte tiene.
default-same-twin = La contraparte recibe el mismo objeto a partir de otro registro.
free-text = El texto libre sale solo como extracto.
tear-line-missing = El texto libre sale solo como extracto, y no hay ninguno escrito.
tear-line-names-withheld = El extracto nombra algo que se reserva ({ $object }).
tear-line-names-unknown = El extracto nombra algo que esta contraparte no debe conocer.
identifier-in-text = Contiene el identificador de un objeto, que saldría con él.
field-not-reducible = No se puede reducir ({ $mask }), por lo que se queda.
twin-envelope = Todo objeto sale con identificador, fechas y origen hechos para esta contraparte.
closure-not-released = Se refiere a { $target }, que esta contraparte no recibe.
closure-end-withheld = Conecta con { $target }, que esta contraparte no recibe.
closure-list-empty = Nada de lo que enumera en «{ $property }» sale.
closure-required = «{ $property }» es obligatorio pero no puede salir.
invalid-stix = Lo que quedaría no es STIX válido ({ $rule } en «{ $path }»).

## Nombres en los datos

role-administrator = Administración
role-investigator = Investigación
role-analyst = Análisis
role-liaison-officer = Oficial de enlace
role-approver = Aprobación
role-source-handler = Manejo de fuentes
role-auditor = Auditoría
role-tool = Herramienta
role-console = Consola

category-suspect = sospechoso
category-convicted = condenado
category-victim = víctima
category-witness = testigo
category-contact = contacto
category-other = otra
category-not-established = no establecida

purpose-drug-trafficking = Tráfico de drogas
purpose-firearms-tracing = Rastreo de armas de fuego
purpose-money-laundering = Lavado de activos
purpose-organised-crime = Delincuencia organizada
purpose-trafficking-in-persons = Trata de personas
purpose-migrant-smuggling = Tráfico ilícito de migrantes
purpose-kidnapping = Secuestro
purpose-extortion = Extorsión
purpose-corruption = Corrupción
purpose-cyber = Ciberdelito
purpose-port-security = Seguridad portuaria
purpose-prison-security = Seguridad penitenciaria
purpose-prosecution = Acción penal

type-agreement = Convenio
type-agreement-signature = Firma de un convenio
type-agreement-state = Declaración sobre un convenio
type-aircraft = Aeronave
type-artifact = Documento
type-attack-pattern = Patrón de ataque
type-autonomous-system = Sistema autónomo
type-bank-account = Cuenta bancaria
type-campaign = Campaña
type-case = Caso
type-consent = Consentimiento
type-evaluation = Calificación
type-handling = Tratamiento
type-membership = Pertenencia
type-organization = Organización
type-person = Persona
type-provenance = Procedencia
type-recall = Retiro
type-request = Solicitud
type-request-event = Paso de una solicitud
type-same-as = Lo mismo que
type-tear-line = Extracto entregable
type-unit = Unidad
type-commitment = Compromiso
type-course-of-action = Medida
type-criminal-group = Grupo delictivo
type-cryptocurrency-transaction = Transacción de criptomoneda
type-cryptocurrency-wallet = Billetera de criptomoneda
type-danger-notice = Aviso sobre una advertencia
type-danger-to-life = Advertencia de peligro para la vida
type-designation = Designación
type-detention = Detención
type-directory = Directorio
type-domain-name = Nombre de dominio
type-email-addr = Correo electrónico
type-email-message = Mensaje de correo
type-exhibit-custody = Custodia de un indicio
type-extension-definition = Definición de extensión
type-file = Archivo
type-firearm = Arma de fuego
type-firearm-transfer = Transmisión de un arma de fuego
type-grouping = Agrupación
type-identity = Persona u organización
type-incident = Incidente
type-indicator = Indicador
type-infrastructure = Infraestructura
type-intrusion-set = Conjunto de intrusión
type-ipv4-addr = Dirección IPv4
type-ipv6-addr = Dirección IPv6
type-key-change = Cambio de clave
type-key-compromise = Compromiso de clave
type-language-content = Traducción
type-location = Lugar
type-mac-addr = Dirección MAC
type-malware = Programa malicioso
type-malware-analysis = Análisis de programa malicioso
type-marking-definition = Marcación
type-meeting = Reunión
type-mutex = Mutex
type-network-traffic = Tráfico de red
type-note = Nota
type-observed-data = Datos observados
type-opinion = Opinión
type-payment = Pago
type-payment-card = Tarjeta de pago
type-phone-number = Número de teléfono
type-process = Proceso
type-programme = Programa de asistencia
type-recall-answer = Respuesta a un retiro
type-receipt = Acuse de recibo
type-relationship = Relación
type-release-record = Acta de entrega
type-report = Informe
type-seizure = Incautación
type-shipping-container = Contenedor
type-sighting = Avistamiento
type-software = Programa
type-task = Tarea
type-threat-actor = Actor de amenaza
type-tool = Herramienta
type-url = URL
type-user-account = Cuenta de usuario
type-vehicle = Vehículo
type-vessel = Nave
type-vulnerability = Vulnerabilidad
type-windows-registry-key = Clave de registro de Windows
type-x509-certificate = Certificado X.509

property-account_number = Número de cuenta
property-registration_numbers = Números de registro
property-first_observed = Observado por primera vez
property-last_observed = Observado por última vez
property-number_observed = Veces observado
property-observed_data_refs = Datos observados
property-id = Id
property-object_marking_refs = Marcas
property-granular_markings = Marcas de valores
property-administrative_area = Provincia o estado
property-precision = Precisión
property-pattern_type = Clase de patrón
property-pattern_version = Versión del lenguaje del patrón
property-sighting_of_ref = Avistamiento de
property-where_sighted_refs = Avistado por
property-count = Cantidad
property-provenance = Procedencia
property-spec_version = Versión del estándar
property-aliases = Alias
property-bic = BIC
property-birth_date = Fecha de nacimiento
property-birth_place = Lugar de nacimiento
property-calibre = Calibre
property-category = Categoría
property-confidence = Confianza
property-country = País
property-country_of_manufacture = País de fabricación
property-created = Creado
property-created_by_ref = Creado por
property-currency = Moneda
property-deceased = Fallecido
property-description = Descripción
property-external_references = Referencias externas
property-firearm_type = Clase de arma
property-first_seen = Visto por primera vez
property-holder_ref = Titular de la cuenta
property-iban = IBAN
property-identity_class = Clase de identidad
property-identity_documents = Documentos de identidad
property-import_mark = Marca de importación
property-importer = Importador
property-indicator_types = Clases de indicador
property-kind = Clase
property-labels = Etiquetas
property-last_seen = Visto por última vez
property-latitude = Latitud
property-legal_form = Forma jurídica
property-longitude = Longitud
property-manufacturer = Fabricante
property-minor = Menor de edad
property-model = Modelo
property-modified = Modificado
property-name = Nombre
property-names = Nombres
property-nationalities = Nacionalidades
property-number = Número
property-object_refs = Menciona a
property-other_marks = Otras marcas
property-pattern = Patrón
property-published = Publicado
property-recovered_on = Recuperada el
property-recovered_place_ref = Recuperada en
property-region = Región
property-relationship_type = Relación
property-report_types = Clases de informe
property-roles = Roles
property-sectors = Sectores
property-serial = Número de serie
property-serial_status = Estado del número de serie
property-sex = Sexo
property-source_ref = De
property-start_time = Desde
property-status = Estado
property-stop_time = Hasta
property-subject_categories = Categorías de la persona
property-target_ref = A
property-tear-line = Extracto entregable
property-text = Texto
property-title = Título
property-valid_from = Válido desde
property-valid_until = Válido hasta
property-value = Valor

country-AL = Albania
country-AR = Argentina
country-BE = Bélgica
country-BO = Bolivia
country-BR = Brasil
country-CA = Canadá
country-CL = Chile
country-CO = Colombia
country-CR = Costa Rica
country-DE = Alemania
country-DO = República Dominicana
country-EC = Ecuador
country-ES = España
country-FR = Francia
country-GB = Reino Unido
country-GT = Guatemala
country-HN = Honduras
country-IT = Italia
country-MX = México
country-NL = Países Bajos
country-PA = Panamá
country-PE = Perú
country-PT = Portugal
country-SV = El Salvador
country-TR = Turquía
country-US = Estados Unidos
country-UY = Uruguay
country-VE = Venezuela

## Convenios

agreements-title = Convenios
agreements-none-title = No hay convenios
agreements-none = Empiece uno nuevo o lea el archivo con los documentos que envió una contraparte.
agreements-ending = Los que terminan en { $days ->
    [one] 1 día
   *[other] { $days } días
}
agreements-within = Vigentes y que terminan en { $days ->
    [one] 1 día
   *[other] { $days } días
}.
agreements-all = Mostrar todos
agreements-waiting = En espera
agreements-in-force = Vigentes
agreements-coming = Por entrar en vigor
agreements-over = Terminados
column-agreement = Convenio
column-state = Estado
column-parties = Partes
column-until = Hasta
column-clause = Cláusula
column-term = Término
column-says = Qué dice
column-owed = Qué se debe
column-owed-by = Quién
column-due = Vence
standing-active = Vigente
standing-awaiting-signatures = Espera firmas
standing-not-yet-valid = Todavía no vigente
standing-suspended = Suspendido
standing-replaced = Reemplazado por una versión posterior
standing-expired = Vencido
standing-terminated = Terminado
standing-unreadable = No se puede aplicar
agreement-sentences = En frases
agreement-signed = firmado
agreement-unsigned = sin firma
agreement-days-left = { $days ->
    [0] Termina hoy
    [one] Termina en { $days } día
   *[other] Termina en { $days } días
}
agreement-suspended-by = Por { $names }
agreement-silent = Por nosotros; no se informó a las demás partes
agreement-summary = Convenio
agreement-from = Vigente desde
agreement-amends = Lo entregado antes
agreement-text-hash = SHA-256 del texto en papel
agreement-effects = { $recalled } retirados, { $narrowed } reducidos, { $kept } como antes, { $left } a cargo de un funcionario
agreement-statements = Qué dijeron las partes
agreement-effective = desde
agreement-effective-from = Desde qué día (vacío: de inmediato)
agreement-versions = Otras versiones
agreement-terms = Cláusulas
agreement-cedar = Políticas
agreement-cedar-show = Mostrar el texto Cedar en que se traducen las cláusulas
agreement-acts = Qué puede hacer
agreement-note = Palabras para las demás partes
agreement-ground = Motivo, solo para nuestro registro
released-keep = queda donde está
released-narrow = se reduce a los nuevos términos
released-recall = se retira
stated-suspended = suspendió
stated-resumed = reanudó
stated-terminated = terminó
agree-sign = Firmar…
agree-suspend = Suspender…
agree-suspend-silently = Suspender sin avisar…
agree-resume = Reanudar…
agree-terminate = Terminar…
agree-believe = En duda: la parte lo dijo…
agree-set-aside = En duda: la parte no lo dijo…
agree-words-sign = Usted firma por la institución exactamente lo que aquí consta. Con la última firma rige desde su primer día.
agree-words-suspend = Desde ahora no sale nada en virtud de él, de ningún lado, hasta que lo reanudemos. Se avisa a las demás partes. Lo que ya tienen pueden seguir leyéndolo; los retiros siguen pasando.
agree-words-suspend-silently = Desde ahora no sale nada nuevo. No se avisa a las demás partes, siguen viendo lo que tenían y lo que envían se recibe como antes.
agree-words-resume = Termina nuestra propia suspensión, también la silenciosa. Las de otros siguen. Lo entregado entretanto y no recogido puede recogerse.
agree-words-terminate = El convenio termina definitivamente para todas las partes. Solo pasan los retiros. Para volver a cooperar se firma uno nuevo.
agree-words-believe = Se firmó con una clave que otros podían tener ya, y hasta que se juzgue solo suspende. Pregunte antes a la parte por una vía que esa clave no abra. Después vale como se dijo, también un fin definitivo.
agree-words-set-aside = Se firmó con una clave que otros podían tener ya. Pregunte antes a la parte por una vía que esa clave no abra. Después no vale nada y el convenio sigue.
agree-confirm-sign = Firmar
agree-confirm-suspend = Suspender
agree-confirm-suspend-silently = Suspender en silencio
agree-confirm-resume = Reanudar
agree-confirm-terminate = Terminar definitivamente
agree-confirm-believe = Vale
agree-confirm-set-aside = No vale
commitments-title = Compromisos
commitments-none = Todavía no se prometió nada en virtud de este convenio.
commitment-to = a
commitment-overdue = Vencido
commitment-open = Pendiente
commitment-in-progress = En curso
commitment-met = Cumplido
commitment-partly-met = Cumplido en parte
commitment-waived = Dispensado
commitment-disputed = Discutido
commitment-withdrawn = Retirado
commitment-met-button = Marcar como cumplido
commitment-due = Vence (2026-06-30, 2026-06 o 2026)
commitment-add = Anotar un compromiso…
commitment-add-words = Se avisa a las demás partes. No nombre personas ni fuentes.
commitment-add-confirm = Anotar
desk-commitments = Todos los compromisos
desk-commitments-words = Lo que se debe por convenios y tras reuniones, primero lo que vence antes. Quien hizo un compromiso dice en qué estado está.
desk-commitment-to = A quién
desk-commitment-by = Quién («own» para esta institución, o un nombre, país o clave)
desk-commitment-add = Anotar un compromiso de una reunión…
desk-commitment-meeting = Reunión (su id)
desk-commitment-meeting-words = Lo que se prometió en una reunión no se comparte con nadie. Lo que se sigue de un convenio se anota en su página.
desk-commitment-set = Decir en qué estado está…
desk-commitment-evidence = Ids de objetos nuestros que lo muestran, uno por línea; nunca salen
term-validity = Vigencia
term-purposes = Finalidades
term-recipients = Destinatarios
term-transfer = Fundamento de la transferencia
term-assurances = Seguridades
term-types = Tipos de objeto
term-ids = Identificadores originales
term-tlp = TLP máximo
term-subjects = Categorías de personas
term-identifiers = Identificadores
term-evaluation = Evaluación
term-age = Antigüedad
term-handling = Códigos de tratamiento
term-text = Texto
term-documents = Documentos
term-fields = Campos
term-onward = Transmisión ulterior
term-match = Coincidencia sí/no
term-deadlines = Plazos
term-retention = Conservación
term-approval = Aprobación
term-standing = Regla permanente
term-answer = Respuesta única
term-slots = Franjas de publicación
term-acceptance = Aceptación
said-agreement-signed = El convenio está firmado. Las demás partes reciben nuestra firma.
said-suspended = El convenio está suspendido aquí desde ahora. Se avisa a las demás partes.
said-suspended-silently = No sale nada nuevo. No se avisa a las demás partes.
said-resumed = Nuestra suspensión terminó.
said-terminated = El convenio terminó definitivamente. Se avisa a las demás partes.
## Contrapartes, lo que enviaron, cambios, claves propias, retenciones

place-incoming = Recibido
place-partners = Contrapartes
column-from = De
partners-words = Una contraparte es una unidad cuya tarjeta se fijó aquí. A una unidad sin verificación vigente no se le entrega nada.
partners-none-title = Todavía no hay contrapartes
partners-none = Un administrador fija la tarjeta que el nodo de la contraparte imprime con enlace card.
partner-words-column = Huella en palabras
partner-vetting = Verificación
partner-agreements = Convenios vigentes
partner-agreements-none = No hay convenio con esta contraparte. Sin uno no sale nada.
partner-cut-off = Excluida
partner-add = Fijar la tarjeta de una contraparte
partner-add-words = Pegue lo que imprimió enlace card de la contraparte. Luego llámela y compare la huella en palabras antes de confiar en ella. Una tarjeta posterior de una contraparte fijada reemplaza a la anterior.
partner-card = Tarjeta (JSON)
partner-known = Cómo la conocemos
partner-key = Identificador de la clave
partner-url = Dirección
partner-added = Fijada
partner-compare = Compare las palabras por teléfono, con un número que no haya tomado de esta tarjeta.
partner-exchange = Último intercambio
partner-exchange-none = Todavía no se intercambió nada.
partner-exchanged = Objetos que llegaron: { $objects }, entregas: { $releases }; retirados: { $recalled }; apartados: { $rejected }. Mensajes nuestros tomados: { $delivered }; en espera: { $waiting }.
partner-exchange-failed = El último intento falló
partner-sync = Intercambiar ahora
partner-tokens = Tokens
partner-tokens-none = No hay ninguno: la contraparte lee solo con su certificado.
partner-end = Fin
partner-revoke = Excluir a la contraparte
partner-revoke-words = Desde ahora su certificado y sus tokens no llegan a nada, no se le pide ni se le lee nada, y lo que espera para ella no sale nunca. Lo que tenemos de ella queda. Aquí no se puede deshacer.
partner-revoke-confirm = Confirmo que esta contraparte queda excluida
own-card = Nuestra tarjeta, para darla a contrapartes
desk-accounts = Cuentas
desk-accounts-words = Nuestra gente y nuestras herramientas. Ninguna contraparte tiene cuenta aquí.
desk-account-role = Función
desk-account-create = Crear una cuenta
desk-account-link = Enlace que entra una sola vez
desk-account-token = Token para una herramienta
desk-account-once = Se muestra ahora y nunca más; entréguelo usted mismo
desk-collections = Colecciones
desk-collections-words = Lo que nuestras propias herramientas intercambian por TAXII en esta dirección. Nada de aquí se busca, se muestra en una página ni se entrega, y ninguna contraparte llega a ello.
desk-collections-none = Todavía no hay ninguna colección.
desk-collection = Colección
desk-collection-id = Id
desk-collection-last = Última entrada
desk-collection-readers = Pueden leer
desk-collection-writers = Pueden escribir
desk-collection-create = Crear una colección
desk-collection-grant = Decir quién puede qué
desk-collection-grant-words = Desde ahora la cuenta tiene exactamente los derechos marcados aquí; si no se marca ninguno, pierde los dos. Quien puede leer y escribir también puede borrar.
desk-collection-read = puede leer
desk-collection-write = puede escribir
error-account-name = Un nombre tiene de 1 a 64 letras, cifras o . - _ @
error-account-password = Una contraseña tiene al menos 8 caracteres.
partner-files = Archivos llevados a mano
partner-persons = Personas designadas para TLP:RED
partner-persons-none = No se ha designado a nadie. Donde un convenio lo dice, TLP:RED puede salir hacia una sola persona designada, cifrado para ella.
person-add = Designar a una persona
person-remove = Quitar
person-words = Nada sale por designar a una persona. Compare la clave por teléfono con ella.
person-name = Persona
person-recipient = Clave para archivos (age1…)
person-basis = En qué se funda
desk-file = Archivo
desk-carried-title = Lo que trajo el archivo
desk-carried-words = Estaba cifrado para este nodo, firmado por la contraparte y se leyó por primera vez. Las entregas esperan un veredicto en Recibido.
desk-carried-papers-words = Cada documento se prueba a sí mismo con su firma.
desk-carried-brought = Recibido
desk-carried-releases = Entregas
desk-carried-recalled = Retirados
desk-carried-rejected = Apartados
desk-carried-acknowledged = Archivos nuestros leídos allí
desk-carried-papers = Documentos
desk-carried-rule = Regla
desk-carried-read = Leer un archivo de una contraparte
desk-carried-read-words = Un archivo cifrado que el nodo de la contraparte escribió para este. Primero se juzga entero; lo que no es válido no cambia nada.
desk-carried-outbox = Escribir un archivo para esta contraparte
desk-carried-outbox-words = Todo lo que no tiene: entregas, retiros y documentos, cifrado para su nodo. Escribirlo cuenta como entrega y queda en el registro.
desk-carried-papers-out = Documentos en claro
desk-carried-papers-out-words = Convenios, firmas y respuestas que esperan por ella, legibles para quien tenga el archivo. No contiene ninguna entrega.
desk-carried-import = Leer documentos de un archivo
desk-carried-import-words = Convenios firmados y otros documentos en claro, tal como los escribe el nodo de una contraparte.
paper-state-taken = Recibido
paper-state-known = Ya conocido
paper-state-refused = Rechazado
vetting-valid = Vigente hasta el { $until }
vetting-over = Terminó el { $until }
vetting-none = Sin constancia
vetting-record = Asentar una verificación
vetting-words = Cuenta la constancia más reciente. La contraparte no se entera.
vetting-by = Quién verificó la unidad
vetting-classes = Clases de destinatarios a las que pertenece, como customs; puede quedar vacío
vetting-until = Último día de vigencia
vetting-result = Resultado
vetting-result-passed = Superada
vetting-result-failed = No superada
token-new = El token nuevo
token-once = Este token se muestra solo ahora. Entréguelo a la contraparte por una vía segura; quien lo tiene lee lo que le entregamos.
token-make = Crear un token
token-words = Para un cliente TAXII sencillo de esta contraparte. Lee lo que entregamos en virtud del convenio y nada más.
token-days = Días que vale (1 a 365; vacío: 365)
token-begins = Empieza con
token-unknown = Comienzo desconocido
token-end = Terminar este token
incoming-words = Lo que envió una contraparte no se encuentra ni se usa aquí hasta que alguien lo acepta.
incoming-none-title = Todavía no llegó nada
incoming-none = Lo que las contrapartes nos entregan aparece aquí tras el próximo intercambio.
incoming-waiting = Esperan decisión
incoming-judged = Decididos
incoming-beyond = { $count ->
    [one] Una entrega anterior no figura en la lista.
   *[other] { $count } entregas anteriores no figuran en la lista.
}
incoming-aside = Apartado de contrapartes
incoming-aside-words = No entraron: cada uno infringe una regla. Avise a quien los envió, que puede corregirlos y enviarlos de nuevo.
incoming-own = Apartado de archivos propios
incoming-own-words = No entraron al importar un archivo propio. Corríjalos en el archivo o en el sistema que lo escribió e impórtelo de nuevo: lo que ya está se queda.
incoming-own-place = Dónde en el archivo
incoming-recall = Retiro
incoming-correction = Rectificación
incoming-rule = Infringe una regla de su formato. El estándar dice, en inglés:
judged-pending = En espera
judged-held = Aceptado
judged-rejected = Rechazado
judged-recalled = Retirado por quien lo envió
rule-exchange-bad-signature = La firma no corresponde a la clave de la contraparte.
rule-exchange-not-in-record = Ningún acta firmada de la entrega lo menciona.
rule-exchange-not-the-originator = Nombra a otro originador que la contraparte que lo envió.
rule-exchange-unknown-agreement = El acta nombra un convenio que no está vigente con esta contraparte.
rule-exchange-former-key = Está firmado con una clave que la contraparte ya reemplazó.
rule-exchange-key-card = Un cambio de claves llegó con una tarjeta que no corresponde.
rule-exchange-key-known = Un cambio de claves nombra una clave que la contraparte ya dejó.
rule-exchange-key-order = Un cambio de claves es anterior a otro que ya llegó.
rule-exchange-key-since = Un aviso de claves perdidas no indica una fecha, o indica una futura.
rule-exchange-key-taken = Un cambio de claves nombra una clave que tiene otra contraparte.
rule-exchange-other-party = Un cambio de claves habla por otra parte.
rule-exchange-unknown-key = Un cambio de claves no está firmado por una clave que pueda decirlo. Llame a la contraparte.
rule-exchange-unknown-signer = No lo firma nadie cuya tarjeta esté fijada.
rule-stix-version-conflict = La misma versión llegó antes con otro contenido.
rule-stix-version-after-revocation = Llegó una versión después de que el objeto se revocó para siempre.
rule-stix-version-other-creator = Llegó una versión a nombre de otro creador.
rule-stix-version-other-created = Una versión indica otra fecha de creación que las anteriores.
rule-exchange-agreement-changed = Difiere del convenio con este id que llegó antes.
rule-exchange-agreement-too-long = El convenio excede el largo permitido.
rule-exchange-agreement-unreadable = El convenio no se puede leer.
rule-exchange-answered-enough = Ya se respondió tantas veces como permite un día.
rule-exchange-future-dated = Lleva una fecha que aún no llega.
rule-exchange-not-a-party = Quien lo envió no es parte del convenio.
rule-exchange-not-signed = No lleva firma.
rule-exchange-other-addressee = Está dirigido a otro.
rule-exchange-out-of-place = No responde a nada que pedimos o enviamos.
rule-exchange-paper-changed = Difiere del documento con este id que llegó antes.
rule-exchange-paper-too-long = El documento excede el largo permitido.
rule-exchange-too-many-agreements = Esperan más convenios de los que una contraparte puede dejar aquí.
rule-exchange-too-many-papers = Esperan más documentos de los que una contraparte puede dejar aquí.
rule-exchange-too-many-today = Hoy llegó más de lo que permite un día.
rule-exchange-type-not-taken = De las contrapartes no se aceptan objetos de este tipo.
rule-firearms-cell-long = La celda excede el largo permitido.
rule-firearms-column-unread = La columna no se lee.
rule-firearms-coordinates-half = Falta una de las dos coordenadas.
rule-firearms-coordinates-malformed = Las coordenadas no se leen como grados.
rule-firearms-country-unknown = No se conoce el país con este nombre.
rule-firearms-date-ambiguous = La fecha se puede leer de dos modos: escríbala así: 2025-10-09.
rule-firearms-date-future = La fecha aún no llega.
rule-firearms-date-malformed = La fecha no se puede leer: escríbala así: 2025-10-09.
rule-firearms-date-no-such-day = Ese día no existe.
rule-firearms-make-missing = Falta el fabricante.
rule-firearms-place-no-country = El lugar no lleva país.
rule-firearms-row-cells = La fila no tiene tantas celdas como el encabezado.
rule-firearms-serial-status-unknown = El estado de la serie no es ninguno de los conocidos.
rule-firearms-serial-contradiction = La serie y su estado se contradicen.
rule-firearms-serial-missing = Falta el número de serie.
rule-firearms-serial-spreadsheet = Una hoja de cálculo convirtió la serie en número: escríbala como texto.
rule-firearms-status-unknown = El estado no es ninguno de los conocidos.
rule-firearms-type-unknown = La clase de arma no es ninguna de las conocidas.
rule-import-encoding-not-utf8 = El archivo no está en UTF-8.
rule-import-encoding-unknown = No se conoce la codificación del archivo.
rule-import-file-too-large = El archivo excede el tamaño permitido.
rule-import-file-too-many-items = El archivo contiene más elementos de los permitidos.
rule-import-format-unknown = No se conoce el formato del archivo.
rule-import-json-unreadable = El archivo no es JSON legible.
rule-import-marking-not-applicable = Esa marca no se le puede poner.
rule-import-stix-version-1 = Es STIX 1, que no se lee.
rule-import-table-no-column = Falta una columna necesaria.
rule-import-table-repeated-column = Una columna está dos veces.
rule-import-table-too-many-columns = La tabla tiene más columnas de las permitidas.
rule-stix-date-malformed = La fecha no está escrita como fecha.
rule-stix-dictionary-empty = Un diccionario está vacío: omítalo.
rule-stix-enum-value = El valor no es ninguno de los que lista el estándar.
rule-stix-granular-selector-missing = Una marca selecciona una propiedad que el objeto no tiene.
rule-stix-granular-selector-syntax = Una marca selecciona con un texto que no es una ruta.
rule-stix-id-malformed = El id no está escrito como tipo y UUID.
rule-stix-id-type-mismatch = El id empieza con otro tipo que el del objeto.
rule-stix-identifier-check-digit = El dígito de control no cuadra: hay una cifra equivocada.
rule-stix-integer-unsafe = El número es mayor de lo que se intercambia sin riesgo.
rule-stix-json-duplicate-member = Una propiedad está dos veces.
rule-stix-list-empty = Una lista está vacía: omítala.
rule-stix-location-place = El lugar no dice región, país ni coordenadas.
rule-stix-marking-no-definition = Nombra una marca que no está definida.
rule-stix-number-out-of-range = El número está fuera del intervalo permitido.
rule-stix-object-not-an-object = No es un objeto.
rule-stix-object-not-json = No es JSON legible.
rule-stix-object-too-deep = Está anidado más de lo permitido.
rule-stix-object-too-large = Excede el tamaño permitido.
rule-stix-property-missing = Falta una propiedad obligatoria.
rule-stix-property-name = El nombre de una propiedad no es de los que permite el estándar.
rule-stix-property-one-of = Debe constar al menos una de varias propiedades.
rule-stix-property-unknown = El estándar no conoce esa propiedad.
rule-stix-reference-malformed = Una referencia no es un id.
rule-stix-reference-target = Una referencia apunta a un objeto de un tipo que no puede ir allí.
rule-stix-spec-version = No indica la versión del estándar.
rule-stix-timestamp-malformed = La hora no está escrita como fecha y hora.
rule-stix-timestamp-no-such-time = Esa fecha y hora no existe.
rule-stix-timestamp-not-utc = La hora no está en UTC: debe terminar en Z.
rule-stix-timestamp-order = Una hora posterior está antes que una anterior.
rule-stix-type-missing = No indica su tipo.
rule-stix-type-name = El nombre del tipo no es de los que permite el estándar.
rule-stix-type-unknown = No se conoce el tipo.
rule-stix-value-kind = El valor es de otra clase que la que pide el estándar.
rule-stix-value-null = Una propiedad es null: omítala.
delivery-title = Entrega para «{ $purpose }» de { $partner }
delivery-facts = Entrega
delivery-values-words = Cada valor lo afirma { $partner }, no nosotros. Lo que es distinto de lo que aceptamos antes de esta contraparte se muestra con el valor anterior.
delivery-values-beyond = { $count ->
    [one] No se muestra un valor más; lo distinto va primero.
   *[other] No se muestran { $count } valores más; lo distinto va primero.
}
delivery-value-before = Guardado hasta ahora:
delivery-value-gone = Ya no se afirma
delivery-value-added = Antes no se afirmaba
delivery-value-characters = … cortado: { $count } caracteres en total
delivery-value-items = … cortado: { $count } elementos en total
news-new = Nuevo de esta contraparte
news-changed = Distinto de lo guardado de esta contraparte
news-same = Igual que lo guardado de esta contraparte
delivery-accept = Aceptar
delivery-accept-words = Los objetos se guardan desde ahora, con las marcaciones de la contraparte. La contraparte recibe nuestro acuse de recibo firmado.
delivery-reject = Rechazar
delivery-reject-words = Nada de esto se muestra ni se encuentra aquí. La contraparte no recibe acuse de recibo ni conoce el motivo.
updates-title = Cambios en espera
updates-words = Los cambios de lo que tienen las contrapartes, y lo que eligen las reglas permanentes, se hacen visibles en las franjas de cada contraparte: la hora y el orden no dicen nada de nuestro trabajo.
updates-none-title = No espera ningún cambio
updates-none = Cuando cambia un objeto que tiene una contraparte, espera aquí hasta la franja de ella.
updates-person = Para una persona
updates-slot = Para su franja
updates-when = Cuándo
updates-decide = Muestra algo que nadie decidió
updates-may-not = Ya no puede salir: { $clauses }
updates-rule = Elegido por la regla permanente { $rule }
updates-reads = La regla lee { $properties }, que no sale tal como es: el hecho de elegir lo revela. Una persona decide sobre cada elección.
updates-open = Abrir el borrador
updates-recall = Retirarlo o dejarlo con la contraparte
updates-now = Dejar salir ahora lo que espera
updates-now-words = Todo lo que espera una franja sale de inmediato, para todas las contrapartes. Ellas pueden ver cuándo trabajamos.
updates-now-confirm = Confirmo que sale ahora
holds-title = Sus retenciones
holds-words = Lo que usted retiene no sale para nadie. Quien prepara una entrega lee que un funcionario lo retiene, no quién ni por qué.
holds-none = No retiene nada.
holds-what = Qué abarca
holds-place-words = Los objetos y todo lo que mencionan: al menos cinco objetos y nunca exactamente una persona, para que la retención no señale a nadie.
own-keys-title = Claves de este nodo
own-keys-now = La clave que firma
own-keys-id = Identificador de la clave
own-keys-party = Nombre de este nodo en los convenios
own-keys-former = Claves anteriores
own-keys-key = Clave
own-keys-since = Otros pueden haberla tenido desde
own-keys-recovery-here = La clave de recuperación sigue en esta máquina (keys/recovery.key). Llévela a un lugar sin red: quien tome esta máquina podría reemplazar todas las claves.
own-keys-do = Qué se puede hacer
own-keys-console = Solo en la consola de la máquina: un cambio de claves termina el nodo en marcha, y la clave de recuperación no debe pasar por un navegador. Después arranque enlace serve de nuevo; se avisa a cada contraparte.
own-keys-change = Otra clave, avalada por la actual
own-keys-change-recovery = Otra clave, avalada por la de recuperación, cuando la actual se perdió
own-keys-compromise = Otros pueden haber tenido nuestras claves desde algún día: claves nuevas de firma, TLS y archivos; toda sesión y todo token quedan sin efecto
draft-title = Nuevo convenio
draft-amend-title = Enmendar: { $agreement }
draft-amend = Redactar una versión posterior: enmienda o renovación
draft-words = El borrador vive solo en esta página: cópielo para conservarlo. Revisar y ensayar no escriben nada. Firmar lo envía a las otras partes.
draft-start = Empezar con un modelo
draft-model = Modelo
draft-with = Otras partes
draft-name = Título (vacío: los nombres de las partes)
draft-begin = Llenar el modelo
draft-again = Empezar de nuevo con lo vigente
draft-terms = Términos (TOML)
draft-text = Texto que leen las personas (Markdown); los términos llevan su resumen
draft-terms-file = O elija el archivo con los términos (TOML)
draft-text-file = O elija el archivo con el texto (Markdown)
draft-do-check = Revisar
draft-do-replay = Ensayar con lo que tenemos
draft-do-sign = Firmar
draft-sign-words = Nuestra firma obliga a la institución. Las otras partes reciben términos y firma; rige cuando todas han firmado.
draft-sign-confirm = Firmo por la institución lo que está arriba
draft-sound = Sin faltas. Los términos concuerdan entre sí y, si está, con el texto.
draft-faults = { $count ->
    [one] Una falta. No se firmó nada.
   *[other] { $count } faltas. No se firmó nada.
}
draft-refused = { $count ->
    [one] Sin firmar: una falta.
   *[other] Sin firmar: { $count } faltas.
}
draft-faults-title = Faltas
draft-line = Línea
draft-there = Qué hay allí
draft-found = Se encontró
draft-allowed = Se permite
model-police-cooperation = Cooperación policial
model-arms-traceability = Rastreo de armas
model-financial-intelligence = Inteligencia financiera
model-cyber = Ciberdelincuencia
model-multi-party = Varias partes
replay-title = Qué cambiaría el borrador
replay-against = Comparado con «{ $agreement }», sobre { $objects ->
    [one] 1 objeto
   *[other] { $objects } objetos
} que usted ve.
replay-against-nothing = No hay nada vigente con estas partes; sobre { $objects ->
    [one] 1 objeto
   *[other] { $objects } objetos
} que usted ve.
replay-cut = Hay más de lo que se miró: cuentan los más nuevos.
replay-same = No saldría nada que no salga ahora, ni nada menos.
replay-counts = Diferencias por tipo y cláusula
replay-lines = Objeto por objeto
replay-beyond = { $count ->
    [one] Uno más no figura en la lista.
   *[other] { $count } más no figuran en la lista.
}
replay-verdict = Qué cambia
replay-type = Tipo
replay-more = Saldría, y ahora queda
replay-fewer = Quedaría, y ahora sale
replay-changed = Sale con otras propiedades
replay-history = Entregas enviadas
replay-past = objetos que salieron: { $left }; de ellos se quedarían: { $stay }
error-agreement-blank = El título o la base jurídica están aún por completar. No se firmó nada.
error-agreement-amends = Un convenio nuevo no lleva amends, y una enmienda dice qué pasa con lo entregado antes. No se firmó nada.
error-agreement-model = No hay un modelo con ese nombre.
error-agreement-party-missing = Falta una parte de lo que enmienda. Quien se va termina el convenio; las demás firman uno nuevo.
error-agreement-suspended = Suspendimos lo que enmienda. Reanúdelo primero: una versión posterior no quedaría suspendida.
error-agreement-terminated = Lo que enmienda está terminado. Redacte un convenio nuevo.
releases-scheduled = Aprobadas, esperan la franja de la contraparte
release-offence = Delito del que trata
release-offence-none = Ninguno
release-ground-reason = Por qué se transfiere de forma excepcional
release-follow = Los cambios posteriores de estos objetos pueden seguir sin preguntar, mientras no muestren otro campo
release-for = Solo para { $person }
release-person = Solo para una persona
release-person-none = No: para la unidad
release-person-words = TLP:RED para una persona designada. Siempre necesita la aprobación de una segunda persona, no entra en ninguna colección y el nodo de la unidad no se entera.
release-file-title = Como archivo, para llevarlo
release-file-words = Lo mismo que recoge el nodo de la contraparte, cifrado para ella. Escribir el archivo cuenta como entrega y queda en el registro; se puede volver a escribir.
release-file-slot = Lo mismo que recogería el nodo de la contraparte desde su turno, cifrado para él. Escribir el archivo ahora no espera el turno: la entrega sale de inmediato, con la hora de ahora, y queda asentada como entregada.
release-file-person = Cifrado para la clave propia de esta persona. Se escribe una sola vez: guárdelo hasta que haya llegado. Escribirlo cuenta como entrega y queda en el registro.
release-file-button = Descargar el archivo cifrado
said-scheduled = La entrega sale en la próxima franja de la contraparte.
said-updates-out = Salió lo que esperaba. Lo que nadie decidió espera a una persona.
said-accepted = Los objetos quedan guardados. La contraparte recibe nuestro acuse de recibo.
said-rejected = La entrega queda rechazada. Nada de ella se muestra ni se encuentra.
said-cut-off = La contraparte queda excluida. Sus tokens no valen y lo que esperaba para ella no sale nunca.
said-exchanged = El intercambio terminó. Abajo se dice qué llegó.
error-form-unconfirmed = No se marcó la casilla que lo confirma. No se cambió nada.
error-form-too-long = El formulario tiene demasiado texto. No se cambió nada.
error-partner-card = No es una tarjeta que se pueda fijar: pegue exactamente lo que imprimió enlace card de la contraparte.
error-partner-self = Es la tarjeta de este nodo. Pegue la de la contraparte.
error-partner-known = Esta tarjeta no puede reemplazar a la fijada. Llame a la contraparte y compare la huella.
error-partner-taken = Otra contraparte tiene esta identidad o esta clave TLS. Llame a la contraparte.
error-partner-vetting = Una constancia necesita quién verificó (200 caracteres como máximo) y un último día que no haya pasado.
error-token-days = Un token vale de 1 a 365 días.
error-token-unknown = Ese token de la contraparte ya no existe.
error-person-text = Una persona necesita un nombre y en qué se funda que pueda recibir, cada uno de 200 caracteres como máximo.
error-person-recipient = Esta no es una clave que solo tenga esta persona: pegue la línea age1… que imprimió su propio age-keygen, no la clave del nodo de la contraparte.
error-person-name = Ya no hay tal persona de esta contraparte.
error-person-agreement = Este convenio no deja salir TLP:RED hacia personas designadas.
error-form-no-file = No se eligió ningún archivo. No se cambió nada.
error-form-not-text = El archivo no es un texto en UTF-8. No se cambió nada.
error-form-broken = El archivo no llegó entero. No se cambió nada. Inténtelo de nuevo.
error-inbox-not-an-envelope = Esto no son documentos de una contraparte. Un archivo cifrado se lee en la página de contrapartes.
error-bundle-plain = Este archivo no está cifrado. Aquí solo se lee lo que está cifrado para este nodo; los documentos en claro se leen en la página de convenios.
error-bundle-not-age = Este no es un archivo del nodo de una contraparte. No se cambió nada.
error-bundle-not-for-us = Este archivo está cifrado para otro. No se cambió nada. No lo pase a nadie; avise a la contraparte.
error-bundle-damaged = El archivo está dañado o fue alterado en el camino. No se cambió nada. Pida uno nuevo a la contraparte.
error-bundle-frame = Lo que hay en el archivo no es una entrega del nodo de una contraparte. No se cambió nada. Avise a la contraparte.
error-bundle-version = El archivo viene de una versión del programa más nueva que la que se lee aquí. No se cambió nada.
error-bundle-signature = El archivo no está firmado con una clave de la contraparte que nombra. No se cambió nada. Llame a la contraparte.
error-bundle-content = Lo que hay en el archivo no es lo que firmó su remitente. No se cambió nada. Llame a la contraparte.
error-bundle-record = Un acta de entrega del archivo no es válida. No se cambió nada. Llame a la contraparte.
error-bundle-unlisted = El archivo trae un objeto que no figura en ningún acta firmada de él. No se cambió nada. Llame a la contraparte.
error-bundle-unknown-sender = El archivo es de un nodo cuya tarjeta no está fijada aquí. No se cambió nada.
error-bundle-other-addressee = Su remitente escribió el archivo para otro nodo. No se cambió nada. No lo pase a nadie; avise a las dos contrapartes.
error-bundle-recalled = El archivo es anterior a un retiro que llegó por otra vía. No se cambió nada. Destrúyalo y pida uno más nuevo a la contraparte.
error-inbox-ground = El motivo es demasiado largo: 500 caracteres como máximo.

## Resumen de un convenio

summary-parties = Las partes son { $parties }.
summary-validity = En vigor desde { $from } hasta { $until }, cuando todas las partes hayan firmado.
summary-amends-keep = Modifica un convenio anterior; lo entregado conforme a aquel sigue entregado.
summary-amends-narrow = Modifica un convenio anterior; lo entregado conforme a aquel se restringe a lo que estos términos dejan salir.
summary-amends-recall = Modifica un convenio anterior; lo entregado conforme a aquel se retira.
summary-purposes = Los datos sirven solo para estas finalidades, de las que cada entrega nombra una: { $purposes }.
summary-purposes-none = No se acordó ninguna finalidad: nada se entrega.
summary-recipients = Solo reciben estas unidades, y solo mientras su verificación esté vigente: { $units }.
summary-recipients-none = Nadie recibe.
summary-transfer-adequacy = Fundamento de la transferencia: el destinatario protege adecuadamente los datos.
summary-transfer-safeguards = Fundamento de la transferencia: garantías en un instrumento vinculante.
summary-transfer-derogation = Fundamento de la transferencia: una excepción; cada entrega indica su motivo.
summary-assurances = Para { $purposes }, una persona sale solo si la entrega nombra uno de estos delitos: { $offences }. Por ellos los destinatarios dieron seguridades contra { $against }.
summary-assurances-none = No se exigen seguridades sobre un delito.
summary-assurances-nobody = Para { $purposes } no sale ninguna persona: no se dieron seguridades contra { $against } por ningún delito.
summary-types = Solo salen estos tipos de objeto: { $types }.
summary-types-none = No sale ningún tipo de objeto.
summary-ids-twins = Todo objeto sale con un identificador hecho para su destinatario.
summary-ids-original = Estos tipos conservan su identificador y salen enteros o no salen: { $types }. Todo otro objeto sale con un identificador hecho para su destinatario.
summary-fields = { $type }: salen tal cual { $properties }.
summary-fields-none = { $type }: ninguna propiedad sale tal cual.
summary-fields-reduced = { $type }: salen en forma reducida { $properties }.
summary-fields-dropped = { $type }: de lo que sale, se queda { $properties }.
summary-fields-missing = { $type }: ninguno sale, pues no puede existir sin { $properties }, que ninguna cláusula deja salir.
summary-reduced = { $property } ({ $mask })
summary-tlp-red = Lo marcado TLP:RED sale solo hacia una persona designada en cada entrega, cifrado para ella, por decisión de dos funcionarios.
summary-tlp = Sale hasta TLP:{ $max }. Lo marcado como más estricto, o sin marcación, se queda.
summary-subjects = De las personas naturales, solo salen estas categorías: { $categories }. Una persona cuya categoría nadie indicó se queda.
summary-subjects-none = No sale ninguna persona natural.
summary-identifiers = De los identificadores, solo salen estas clases: { $kinds }.
summary-identifiers-none = No sale ningún identificador.
summary-evaluation = Lo evaluado sale solo a partir de estas calificaciones: { $floors }. Lo calificado con otro sistema se queda.
summary-evaluation-none = No se exige ninguna calificación.
summary-evaluation-nothing = Lo evaluado se queda.
summary-unevaluated-leaves = Lo que nadie ha evaluado sale.
summary-unevaluated-stays = Lo que nadie ha evaluado se queda.
summary-age = Se queda lo que fue cierto por última vez hace más de { $days ->
    [one] 1 día
   *[other] { $days } días
}.
summary-age-none = Puede ser de cualquier antigüedad.
summary-undated-leaves = Lo que no indica fecha sale.
summary-undated-stays = Lo que no indica fecha se queda.
summary-handling = Con código de tratamiento, solo salen estos: { $codes }.
summary-handling-none = Lo que lleva un código de tratamiento se queda.
summary-stamp = Todo lo que sale lleva { $codes }.
summary-caveats = Con advertencia, solo salen estas: { $caveats }.
summary-caveats-none = Lo que lleva una advertencia se queda.
summary-pap = Si una marcación limita las acciones permitidas, solo salen estos colores: { $colours }.
summary-pap-none = Lo que lleva un límite de acciones permitidas se queda.
summary-text-none = El texto libre se queda.
summary-text-tear-line = El texto libre se queda; en su lugar sale lo que un funcionario escribió para la entrega.
summary-documents-none = Los documentos se quedan.
summary-documents-flattened = Los documentos salen como copias que solo muestran las páginas.
summary-documents-originals = Los documentos salen tal como se conservan.
summary-never-red = Digan lo que digan los términos, nunca sale: lo que identifica a una fuente, TLP:RED hacia quien no sea una persona designada, los datos de otra institución sin su consentimiento, los datos cuya propia marcación nombra a otros, una persona cuya categoría nadie indicó y lo que fue retirado.
summary-never = Digan lo que digan los términos, nunca sale: lo que identifica a una fuente, TLP:RED, los datos de otra institución sin su consentimiento, los datos cuya propia marcación nombra a otros, una persona cuya categoría nadie indicó y lo que fue retirado.
summary-approval-automatic = Nadie aprueba una entrega: lo hizo el convenio.
summary-approval-one-officer = Un funcionario aprueba cada entrega.
summary-approval-four-eyes = Un funcionario distinto de quien la redactó aprueba cada entrega.
summary-when-one-officer = Un funcionario aprueba una entrega en la que { $conditions }.
summary-when-four-eyes = Un funcionario distinto de quien la redactó aprueba una entrega en la que { $conditions }.
summary-condition-types = un objeto es del tipo { $names }
summary-condition-categories = una persona es de la categoría { $names }
summary-condition-purposes = la finalidad es { $names }
summary-condition-tlp = un objeto está marcado TLP:{ $tlp } o más estricto, o no está marcado
summary-condition-documents = un objeto lleva un documento
summary-condition-no-documents = un objeto no lleva documento
summary-condition-property = { $property } es { $values }
summary-standing = Sin que nadie elija, la regla «{ $name }» entrega para { $purpose }: { $type }, si { $conditions }.
summary-standing-all = Sin que nadie elija, la regla «{ $name }» entrega para { $purpose }: { $type }, sin excepción.
summary-standing-person = La regla «{ $name }» lee { $properties }, que no sale tal cual: un funcionario examina cada selección.
summary-slots = Las novedades se publican cada { $minutes ->
    [one] minuto
   *[other] { $minutes } minutos
}.
summary-retention = El destinatario conserva un objeto como máximo { $days ->
    [one] 1 día
   *[other] { $days } días
} desde su primera entrega.
summary-review = Cada { $days ->
    [one] día
   *[other] { $days } días
} revisa si aún lo necesita.
summary-onward-none = El destinatario no hace ninguna transmisión ulterior.
summary-onward-with-consent = Toda transmisión ulterior por el destinatario requiere el consentimiento de quien originó el dato.
summary-onward-parties-only = El destinatario puede transmitir a las demás partes; toda otra transmisión ulterior requiere el consentimiento de quien originó el dato.
summary-onward-classes = El destinatario puede transmitir a unidades de estas clases: { $classes }; toda otra transmisión ulterior requiere el consentimiento de quien originó el dato.
summary-match = Se responde si hay o no coincidencia para { $kinds }, como máximo { $quota ->
    [one] una vez
   *[other] { $quota } veces
} al día. Tal consulta nunca encuentra a una persona protegida.
summary-match-none = No se responde si hay o no coincidencia.
summary-deadlines = Una solicitud se responde en { $direct ->
    [one] 1 hora
   *[other] { $direct } horas
} si es urgente y los datos son directamente accesibles, en { $indirect ->
    [one] 1 día
   *[other] { $indirect } días
} si es urgente y no lo son, y en { $other ->
    [one] 1 día
   *[other] { $other } días
} en los demás casos.
summary-deadlines-none = No se acordó ningún plazo para responder solicitudes.
summary-answer = Quien no posee nada y quien se niega dan la misma respuesta, { $hours ->
    [one] 1 hora
   *[other] { $hours } horas
} después de la solicitud, digan lo que digan los plazos.
summary-answer-none = No se acordó una respuesta común para «no se posee nada» y «negativa».
summary-later = { $count ->
    [one] Esta versión aún no aplica el artículo { $clauses }: un nodo lo aplicará cuando existan las solicitudes.
   *[other] Esta versión aún no aplica los artículos { $clauses }: un nodo los aplicará cuando existan las solicitudes.
}
summary-acceptance-automatic = El destinatario acepta los objetos al instante, tras las comprobaciones técnicas.
summary-acceptance-types = El destinatario acepta al instante, tras las comprobaciones técnicas, estos tipos: { $types }. Un funcionario examina el resto.
summary-acceptance-person = Un funcionario del destinatario examina cada entrega.
summary-stop = Cada parte puede restringirlo o detenerlo sola, en cualquier momento.

identifier-iban = IBAN
identifier-bic = código de banco
identifier-account-number = número de cuenta
identifier-payment-card = tarjeta de pago
identifier-phone = número de teléfono
identifier-imei = IMEI
identifier-imsi = IMSI
identifier-iccid = número de tarjeta SIM
identifier-imo-ship = número OMI de nave
identifier-imo-company = número OMI de compañía
identifier-mmsi = MMSI
identifier-call-sign = distintivo de llamada
identifier-container = número de contenedor
identifier-vin = número de identificación de vehículo
identifier-plate = placa
identifier-aircraft-registration = matrícula de aeronave
identifier-identity-document = documento de identidad
identifier-registration = número de registro de organización
identifier-firearm-serial = número de serie de arma de fuego
identifier-email = correo electrónico
identifier-domain = nombre de dominio
identifier-ip = dirección de internet
identifier-mac = dirección de equipo
identifier-url = URL
identifier-hash = resumen (hash)
identifier-crypto-address = dirección de criptomoneda
identifier-crypto-transaction = transacción de criptomoneda
identifier-account-login = usuario de cuenta
identifier-certificate = número de serie de certificado
identifier-document-number = número de documento o caso
identifier-icao-address = dirección de transpondedor
identifier-key = clave
identifier-pattern = patrón con los identificadores que contiene
identifier-prisoner-number = número de interno
identifier-seal = número de precinto
identifier-serial-number = otro número de serie

against-death-penalty = la pena de muerte
against-torture = la tortura

## Consentimientos

place-consents = Consentimientos
desk-consents-words = Lo que otra institución nos entregó sigue siendo suyo: ella decide si se transmite, si sirve de prueba o para otra finalidad. Cada decisión va solo a la contraparte a la que concierne.
desk-consents-of-us = Pedidos a nosotros
desk-consents-by-us = Pedidos por nosotros
desk-consents-unasked = Dados sin pedirse
desk-consent-to = A quién (contraparte, clave o clase), o en qué procedimiento
desk-consent-until = Hasta (AAAA-MM-DD)
desk-consent-redacted = Puede transmitirse una copia con menos contenido
desk-consent-named-as = Cómo se nos nombra en esa copia
desk-consent-ground = Motivo, que se dice a la contraparte
desk-consent-ask = Pedir consentimiento
desk-consent-grant = Consentir
desk-consent-give = Consentir sin que se pida…
desk-consent-partner = Contraparte, donde el convenio tiene varias
desk-consent-types = O tipos de objetos (report, firearm)
desk-consent-refuse = Negar
desk-consent-withdraw = Retirar: lo transmitido también se retira
consent-kind-onward = Transmisión ulterior
consent-kind-evidence = Uso como prueba
consent-kind-other-purpose = Otra finalidad
consent-state-open = Abierto
consent-state-granted = Concedido
consent-state-refused = Negado
consent-state-withdrawn = Retirado
consent-state-expired = Vencido
consent-title = Lo que permite su originador
consent-originators = Originadores
consent-purpose = Finalidad
consent-use = Uso para ella
consent-evidence = Uso como prueba
consent-onward = Transmisión ulterior a { $partner }
consent-copies = Copias que otros tienen a través de nosotros
consent-may = Sí
consent-may-not = No
consent-reason-own = es nuestro
consent-reason-by-release = tal como se entregó
consent-reason-by-consent = el originador consintió
consent-reason-redacted = el originador consintió una copia que lo nombra como él desea
consent-reason-unasked = no se preguntó a nadie
consent-reason-refused = el originador se negó
consent-reason-withdrawn = el originador retiró su consentimiento
consent-reason-expired = el consentimiento venció
consent-reason-not-yet = el consentimiento empieza más tarde
consent-reason-without-end = el consentimiento no dice hasta cuándo
consent-reason-conditions = el consentimiento depende de condiciones en palabras
consent-reason-unreadable = el consentimiento no puede leerse entero
consent-reason-never = el convenio bajo el que llegó lo excluye
consent-reason-unattributed = no nos lo entregó su originador, o lo retiró

## Compartimentos, fuentes, personas protegidas, revisiones, notas

place-danger = Peligro para la vida
place-compartments = Compartimentos
place-sources = Fuentes
place-protected = Protegidos
place-reviews = Revisiones
said-noted = Hecho y asentado en el registro.

desk-compartments-words = Los objetos de un compartimento existen solo para sus miembros: nadie más los encuentra ni los cuenta. Lo que tienen las contrapartes no cambia.
desk-compartments-yours = Compartimentos en los que está
desk-compartments-none = No está en ninguno.
desk-compartment = Compartimento
desk-compartment-words = El responsable dice quién está dentro y saca objetos. Lo que dice algo de un objeto entra con él.
desk-compartment-make = Nuevo compartimento
desk-put-in = Poner objetos
desk-take-out = Sacar
desk-member-in = Incluir a un miembro
desk-member-out = Excluir
desk-member-lead = Ceder la responsabilidad
desk-name = Nombre
desk-kind = Clase
desk-why = Por qué
desk-lead = Responsable
desk-members = Miembros
desk-do = Qué hacer
desk-ids = Identificadores STIX, uno por línea
desk-whole = Con todo lo que mencionan
desk-nothing = No hay nada.
desk-when = Cuándo
desk-what = Qué
desk-who = Quién
desk-number = Número
desk-state = Estado
desk-since = Desde

desk-sources-words = El archivo de fuentes se abre cada vez con su propia contraseña. Solo usted sabe qué pasa con los objetos que vinculó.
desk-sources-yours = Sus fuentes
desk-identity = Quién es
desk-passphrase = Contraseña del archivo de fuentes
desk-register-open = Abrir el archivo de fuentes
desk-register-init = Crear el archivo de fuentes
desk-source-add = Inscribir una fuente
desk-source-link = Vincular objetos
desk-source-unlink = Desvincular objetos
desk-source-status = Indicar su estado
desk-source-handler = Cederla
desk-danger-words = Una advertencia sale hacia una sola institución conocida sin convenio, con los datos mínimos. Una segunda persona la revisa dentro de 24 horas.
desk-danger-check = Advertir a una contraparte
desk-danger-check-words = Esto es lo que recibiría la contraparte. Todavía no ha salido nada.
desk-danger-confirm = Hay una vida en peligro y esto debe salir sin convenio.
desk-danger-send = Enviar la advertencia ahora
desk-danger-says = Lo que dice
desk-danger-leaves = Lo que va con ella
desk-danger-words-alone = Solo las palabras.
desk-danger-field = Campo
desk-danger-value = Sale como
desk-danger-clause = Regla
desk-danger-reason = Peligro
desk-danger-text = Qué amenaza a quién, dónde y cuándo
desk-danger-why = Por qué lo decide (queda aquí)
desk-danger-told = Originadores que reciben aviso
desk-danger-at = Cuándo
desk-danger-by = Enviada por
desk-danger-review = Segunda persona
desk-danger-received = Advierten las contrapartes
desk-danger-sent = Advertencias enviadas
desk-danger-none = Ninguna.
desk-danger-seen = Tomar nota
desk-danger-confirmed = Fue correcta
desk-danger-recalled = Fue un error: retirarla
desk-danger-recall = Retirarla
desk-hours-since = enviada hace { $count ->
    [one] 1 hora
   *[other] { $count } horas
}
desk-danger-alert-received = { $count ->
    [one] Una contraparte advierte de un peligro para la vida.
   *[other] Contrapartes advierten de peligro para la vida: { $count } advertencias.
}
desk-danger-alert-overdue = { $count ->
    [one] Una advertencia enviada lleva más de 24 horas sin segunda persona.
   *[other] { $count } advertencias enviadas llevan más de 24 horas sin segunda persona.
}
desk-danger-alert-review = { $count ->
    [one] Una advertencia enviada espera a una segunda persona.
   *[other] { $count } advertencias enviadas esperan a una segunda persona.
}
desk-danger-alert-yours = { $count ->
    [one] Algo de su compartimento salió en una advertencia de peligro para la vida.
   *[other] Algo de su compartimento salió en { $count } advertencias de peligro para la vida.
}
danger-reason-threat-to-life = Amenaza contra una vida
danger-reason-hostage-taking = Toma de rehenes
danger-reason-kidnapping = Secuestro
danger-reason-armed-attack = Ataque armado
danger-reason-explosives = Explosivos
danger-reason-poisoning = Veneno
danger-state-waiting = En camino
danger-state-received = Recibida
danger-state-recalled = Retirada
danger-state-purged = Retirada; la contraparte declara que está borrada
danger-state-withdrawn = Retirada
danger-review-open = Dentro de 24 horas
danger-review-overdue = VENCIDA
danger-review-confirmed = Fue correcta
danger-review-recalled = Fue un error
desk-alerts = Qué pasó con los objetos vinculados
desk-alerts-none = Nada hasta ahora.
desk-holds = Sus retenciones
desk-hold-place = Retener un conjunto
desk-hold-lift = Terminar la retención

desk-protected-words = Una condición no cambia nada de lo que una contraparte tiene o recibe. Avisa a quien entrega, y un funcionario decide sobre un conjunto entero.
desk-proposals = Conjuntos por decidir
desk-protected-persons = Personas protegidas
desk-set = Conjunto
desk-released = De ellos en contrapartes
desk-decision = Decisión
desk-decide = Decidir
desk-status = Condición
desk-basis = En qué se funda
desk-person = Identificador STIX de la persona
desk-protect = Indicar una condición protegida

desk-reviews-words = Lo vencido queda oculto para todos menos los revisores y no sale.
desk-overdue = Vencidos
desk-due = Vencido desde
desk-until = Conservar hasta (AAAA-MM-DD)
desk-review-keep = Conservar
desk-review-erase = Borrar
desk-recalls = Retiros y quién no ha respondido
desk-recalls-words = Lo que las contrapartes deben borrar: retirado, rectificado o al final de su plazo de conservación. Lo que una contraparte declara es su declaración, no una prueba. A los siete días una respuesta está vencida.
desk-recall-all = Retirar de todas las contrapartes…
desk-recall-all-words = Se pide a cada contraparte que lo tiene que lo elimine: su nodo lo lee en su próxima sincronización. Basta una persona.
desk-recall-earlier = Retirar solo las versiones anteriores…
desk-recall-earlier-words = La última versión que tiene una contraparte corrige las otras: esas se eliminan allí y la última se queda.
desk-recalls-waiting = Sin respuesta
desk-recalls-none-waiting = Todas las contrapartes que recogieron algo han respondido.
desk-recalls-rest = Respondidos o nunca recogidos
desk-recall-why = Motivo
desk-recall-days = Días
desk-recall-state = Situación
desk-recall-stated = Declaración de la contraparte
desk-legal-holds = Retenciones legales
desk-legal-holds-words = Lo que una contraparte entregó se queda aquí, restringido, si lo retira o si termina su plazo de conservación. La contraparte lee el fundamento, nunca la referencia. El fin de la retención elimina lo restringido.
desk-legal-hold-place = Poner una retención legal
desk-legal-hold-lift = Terminar la retención legal
desk-legal-ground = Fundamento
desk-legal-reference = Procedimiento o decisión
desk-legal-by = Puesta por
desk-restricted-since = Restringido desde
recall-reason-recall = Retirado
recall-reason-retention = Fin del plazo de conservación
recall-reason-correction = Rectificado
recall-state-waiting = Aún sin respuesta
recall-state-overdue = Vencido
recall-state-not-fetched = Nunca recogido: nada que responder
recall-state-answered = Respondido
recall-outcome-stated = La contraparte declara
recall-outcome-ground = Fundamento
copies-content = Contenido
copies-old-versions = Versiones anteriores
copies-notes = Notas
copies-alerts = Avisos
copies-exports = Exportaciones
copies-onward-copies = Copias de transmisión ulterior
copies-state-purged = eliminado
copies-state-restricted = restringido por retención legal
copies-state-none = no hay
copies-state-recalled = retirado, se esperan respuestas
legal-ground-evidence = Prueba
legal-ground-accuracy-contested = Se discute su exactitud
legal-ground-proceedings = Procedimiento judicial
legal-ground-court-order = Orden de un tribunal

desk-notes = Notas propias
desk-notes-none = Ninguna. Quedan dentro y nunca acompañan al objeto.
desk-note = Nota
desk-note-label = Una etiqueta: una palabra para ordenar
desk-note-add = Escribir una nota
desk-note-remove = Quitarla

document-copy = Ver la copia que sale
document-pages = { $count ->
    [one] 1 página
   *[other] { $count } páginas
}
document-bytes = { $count } bytes
document-differs = La copia difiere del original:
document-withheld = El documento no sale:
document-page = (página { $page })
document-note-further-frames = solo el primer cuadro o página de la imagen
document-note-transparency = lo transparente quedó en blanco
document-note-reduced = con menor resolución, porque la página es grande
document-note-fonts = se reemplazó una fuente que no trae
document-note-hidden-layers = sin las capas ocultas
document-note-annotations = sin notas ni marcas de lectores
document-note-form-fields = los campos de formulario son parte de la página
document-note-attachments = sin los archivos adjuntos
document-note-scripts = sin programas
document-note-plain-layout = compuesto de nuevo como texto y tablas
document-note-tracked-changes = control de cambios: sin el texto borrado, con el insertado
document-note-comments = sin comentarios
document-note-hidden-text = sin el texto que no se ve con certeza
document-note-hidden-rows = sin filas ni columnas ocultas
document-note-hidden-sheets = sin hojas ocultas
document-note-images = sin imágenes ni dibujos; una marca en su lugar
document-note-unseen-characters = sin caracteres que no se ven
document-note-missing-characters = los caracteres que faltan en nuestra fuente son recuadros vacíos
document-refusal-no-content = su contenido no está en el objeto, solo una dirección o un resumen
document-refusal-empty = está vacío
document-refusal-too-large = el documento o su copia es demasiado grande
document-refusal-type-unknown = un tipo que no se puede aplanar
document-refusal-type-mismatch = su contenido no es del tipo que dice
document-refusal-malformed = está dañado, o cada programa lo leería distinto
document-refusal-encrypted = está cifrado o tiene contraseña
document-refusal-pixels = una imagen o página es demasiado grande
document-refusal-pages = tiene demasiadas páginas
document-refusal-expansion = se expande demasiado
document-refusal-depth = está anidado a demasiada profundidad
document-refusal-parts = tiene demasiadas partes
document-refusal-work = dibujarlo toma demasiado tiempo; vuelva a mirar más tarde
document-refusal-macros = contiene programas
document-refusal-active = muestra cosas distintas en momentos distintos
document-refusal-layers = tiene capas de las que no se sabe si se ven
document-refusal-annotations = hay marcas sobre sus páginas que no dibujaríamos
document-refusal-covered = algo puede cubrir su texto
document-refusal-save-as-pdf = guárdelo primero como PDF e impórtelo
document-refusal-script = está en una escritura que nuestra fuente no tiene
document-refusal-unfaithful = no podemos dibujarlo como se ve
document-refusal-fault = no se pudo leer
release-protected = Con esto salen personas protegidas: { $names }. Aprobarla lo confirma.
release-protected-confirm = Confirmo que salen personas protegidas

compartment-kind-case = Caso
compartment-kind-need-to-know = Necesidad de conocer
source-state-active = Activa
source-state-resting = En pausa
source-state-closed = Cerrada
alert-release-drafted = Se propuso una entrega
alert-release-approved = Se aprobó una entrega
alert-release-sent = Se envió una entrega
alert-danger-to-life = Salió en una advertencia de peligro para la vida
alert-recall = Se retiró
alert-repeated-looks = Consultas repetidas
decision-keep = Conservar
decision-narrow = No entregar más
decision-recall = No entregar más y retirar
protected-victim = Víctima
protected-hostage = Rehén
protected-witness = Testigo
protected-minor = Menor de edad
protected-officer = Funcionario identificado
protected-journalist = Periodista
protected-lawyer = Abogado
protected-rights-defender = Defensor de derechos
protected-reporting-person = Comunicó una operación sospechosa
