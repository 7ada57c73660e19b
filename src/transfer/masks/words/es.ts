import { EN } from './en.ts'
import type { WordLists } from './lists.ts'

/** Spanish words. */
export const ES: WordLists = {
  firstNames:
    'Adrián,Alberto,Alejandra,Alejandro,Alicia,Álvaro,Ana,Andrés,Ángel,Antonio,Beatriz,Carlos,Carmen,Carolina,Clara,Claudia,Cristina,Daniel,Daniela,David,Diego,Eduardo,Elena,Emilia,Enrique,Esteban,Eva,Fernando,Francisca,Francisco,Gabriel,Gloria,Gonzalo,Guillermo,Hugo,Ignacio,Inés,Irene,Isabel,Javier,Jesús,Joaquín,Jorge,José,Josefa,Juan,Juana,Julia,Laura,Lorena,Lucas,Lucía,Luis,Manuel,Marcos,Margarita,María,Marina,Mario,Marta,Martín,Mateo,Mercedes,Miguel,Mónica,Natalia,Nicolás,Noelia,Nuria,Óscar,Pablo,Patricia,Paula,Pedro,Pilar,Rafael,Raúl,Ricardo,Roberto,Rocío,Rosa,Rubén,Sara,Sergio,Silvia,Sofía,Susana,Teresa,Tomás,Valeria,Vicente,Víctor'.split(
      ',',
    ),
  lastNames:
    'Aguilar,Alonso,Álvarez,Benítez,Blanco,Bravo,Caballero,Cabrera,Calvo,Campos,Cano,Carmona,Carrasco,Castillo,Castro,Cortés,Cruz,Delgado,Díaz,Díez,Domínguez,Fernández,Flores,Fuentes,Gallardo,Gallego,García,Garrido,Gil,Giménez,Gómez,González,Gutiérrez,Guerrero,Hernández,Herrera,Herrero,Ibáñez,Iglesias,Jiménez,León,López,Lorenzo,Lozano,Marín,Márquez,Martín,Martínez,Medina,Méndez,Molina,Montero,Mora,Morales,Moreno,Moya,Muñoz,Navarro,Nieto,Núñez,Ortega,Ortiz,Parra,Pascual,Peña,Pérez,Prieto,Ramírez,Ramos,Reyes,Rodríguez,Rojas,Román,Romero,Rubio,Ruiz,Sáez,Sánchez,Santana,Santiago,Santos,Sanz,Serrano,Soler,Soto,Suárez,Torres,Vargas,Vázquez,Vega,Vicente,Vidal'.split(
      ',',
    ),
  cities:
    'Albacete,Alicante,Almería,Ávila,Badajoz,Barcelona,Bilbao,Burgos,Cáceres,Cádiz,Cartagena,Castellón,Ciudad Real,Córdoba,Cuenca,Elche,Gerona,Gijón,Granada,Guadalajara,Huelva,Huesca,Jaén,La Coruña,León,Lérida,Logroño,Lugo,Madrid,Málaga,Mérida,Murcia,Orense,Oviedo,Palencia,Pamplona,Pontevedra,Salamanca,Santander,Segovia,Sevilla,Soria,Tarragona,Teruel,Toledo,Valencia,Valladolid,Vigo,Vitoria,Zamora,Zaragoza'.split(
      ',',
    ),
  streets:
    'Avenida de América,Avenida de España,Avenida de la Constitución,Avenida de la Estación,Avenida del Mar,Calle Alta,Calle Ancha,Calle Cervantes,Calle Colón,Calle de la Cruz,Calle de la Fuente,Calle de la Iglesia,Calle de la Paz,Calle de las Flores,Calle de los Olivos,Calle del Carmen,Calle del Mercado,Calle del Molino,Calle del Pilar,Calle del Pozo,Calle del Prado,Calle del Río,Calle del Sol,Calle Goya,Calle Mayor,Calle Murillo,Calle Nueva,Calle Real,Calle San Antonio,Calle San José,Calle San Juan,Calle San Pedro,Calle Santa Ana,Calle Velázquez,Camino Real,Paseo de la Alameda,Paseo del Parque,Plaza Mayor,Plaza de España,Ronda del Sur,Travesía del Norte'.split(
      ',',
    ),
  address: { before: '', after: ', 1' },
  companies: EN.companies,
  legalForms: 'S.L.,S.A.,S.C.,e Hijos,Hermanos'.split(','),
}
