// A list of names to learn where nobody has given one: capitals of the world.

export const capitals =
  `Abuja Accra Algiers Amman Amsterdam Andorra Ankara Antananarivo Apia Ashgabat Asmara Astana
Asunción Athens Baghdad Baku Bamako Bangkok Bangui Banjul Basseterre Beijing Beirut Belgrade Belmopan Berlin Bern Bishkek
Bissau Bogotá Brasília Bratislava Brazzaville Bridgetown Brussels Bucharest Budapest Bujumbura Cairo Canberra Caracas
Castries Chișinău Colombo Conakry Copenhagen Dakar Damascus Dhaka Dili Djibouti Dodoma Doha Dublin Dushanbe Freetown Funafuti
Gaborone Georgetown Gitega Hanoi Harare Havana Helsinki Honiara Islamabad Jakarta Juba Kabul Kampala Kathmandu Khartoum
Kigali Kingston Kingstown Kinshasa Kyiv Libreville Lilongwe Lima Lisbon Ljubljana Lomé Luanda Lusaka Luxembourg Madrid
Majuro Malabo Malé Managua Manama Manila Maputo Maseru Mbabane Melekeok Minsk Mogadishu Monaco Monrovia Montevideo Moroni
Moscow Muscat Nairobi Nassau Naypyidaw Ngerulmud Niamey Nicosia Nouakchott Oslo Ottawa Ouagadougou Palikir Panama
Paramaribo Paris Podgorica Prague Praia Pretoria Pristina Pyongyang Quito Rabat Reykjavík Riga Riyadh Rome Roseau Santiago
Sarajevo Seoul Singapore Skopje Sofia Stockholm Sucre Suva Taipei Tallinn Tarawa Tashkent Tbilisi Tegucigalpa Tehran
Thimphu Tirana Tokyo Tripoli Tunis Ulaanbaatar Vaduz Valletta Victoria Vienna Vientiane Vilnius Warsaw Washington Wellington
Windhoek Yamoussoukro Yaoundé Yerevan Zagreb`.split(/\s+/);
